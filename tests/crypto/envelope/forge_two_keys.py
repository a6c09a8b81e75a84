"""Makes one XChaCha20-Poly1305 ciphertext that opens under two keys.

usage: forge_two_keys.py KEY1 NONCE1 KEY2 NONCE2 AAD   (hexadecimal digits); prints 64 bytes of body and the tag

The tag of Poly1305 is linear in each block for a known key, so one block can be chosen such that both keys give the
same tag: RFC 8439, section 2.5, is all that is needed. The other blocks are free and are varied until it fits.
"""
import ctypes
import os
import sys

sodium = ctypes.CDLL(os.environ["LEPTON_SODIUM"])
P = (1 << 130) - 5


def one_time_key(key, nonce):
    sub = ctypes.create_string_buffer(32)
    sodium.crypto_core_hchacha20(sub, nonce[:16], key, None)
    out = ctypes.create_string_buffer(32)
    sodium.crypto_stream_chacha20_ietf(out, ctypes.c_ulonglong(32), bytes(4) + nonce[16:], sub.raw)
    r = int.from_bytes(out.raw[:16], "little") & 0x0FFFFFFC0FFFFFFC0FFFFFFC0FFFFFFF
    return r, int.from_bytes(out.raw[16:], "little")


def blocks_of(data, aad):
    def pad(some):
        return some + bytes(-len(some) % 16)

    whole = pad(aad) + pad(data) + len(aad).to_bytes(8, "little") + len(data).to_bytes(8, "little")
    return [int.from_bytes(whole[at:at + 16], "little") + (1 << 128) for at in range(0, len(whole), 16)]


def poly(blocks, r):
    total = 0
    for block in blocks:
        total = (total + block) * r % P
    return total


def forge(keys, aad):
    (r1, s1), (r2, s2) = keys
    while True:
        body = os.urandom(48) + bytes(16)
        blocks = blocks_of(body, aad)
        blocks[-2] = 0  # the chosen one: the last of the body, so two steps before the end
        for carry in range(-3, 4):
            # x r1^2 + p1 + s1 = x r2^2 + p2 + s2, but for multiples of 2^128
            right = poly(blocks, r2) + s2 - poly(blocks, r1) - s1 + (carry << 128)
            x = right * pow(r1 * r1 - r2 * r2, -1, P) % P
            if x >> 128 != 1:
                continue
            made = body[:48] + (x - (1 << 128)).to_bytes(16, "little")
            tags = {(poly(blocks_of(made, aad), r) + s) % (1 << 128) for r, s in keys}
            if len(tags) == 1:
                return made + tags.pop().to_bytes(16, "little")


def main():
    key1, nonce1, key2, nonce2, aad = (bytes.fromhex(text) for text in sys.argv[1:])
    print(forge([one_time_key(key1, nonce1), one_time_key(key2, nonce2)], aad).hex(), end="")


if __name__ == "__main__":
    main()
