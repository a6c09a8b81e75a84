#!/usr/bin/env python3
"""Reads and writes LPE1 envelopes (docs/formats/envelope.md), from the description alone.

Shares no code with Lepton. Needs libsodium 1.0.19 or newer and, for compressed envelopes, libzstd; both are
loaded by ctypes. LEPTON_SODIUM and LEPTON_ZSTD name the libraries where they are not on the usual path.

usage:
  read_envelope.py open  < JOB.json     opens one envelope
  read_envelope.py seal  < JOB.json     seals one
  read_envelope.py check VECTORS.json   opens every frozen vector; says how many, fails at the first that is wrong

A job has "envelope" or "plain" (hexadecimal digits), "key" (hexadecimal digits; suite 2: see below), "tenant", "pipeline",
"schema", "topic", "record_key", "partition". To seal: also "suite", "records" (0 = no batch), "sequence", "salt",
"compress", "bind_partition". Suite 2: "box_secret" of the recipient and "sender" (public) to open; "sign_secret" (64 bytes),
"recipients" (X25519 public keys), "cipher" to seal. The result is {"plain": ..., "records": ..., "batch": ...} or
{"envelope": ...}.
"""
import ctypes
import hashlib
import json
import os
import struct
import sys

HEADER = struct.Struct("<4sBBH16s24s32sQII")
BATCH, COMPRESSED, BOUND = 1, 2, 4
LIMIT = 16 << 20


class Refused(Exception):
    pass


def library(variable, names):
    for name in [os.environ.get(variable), *names]:
        if name:
            try:
                return ctypes.CDLL(name)
            except OSError:
                continue
    raise SystemExit(f"no library found; set {variable}")


sodium = library("LEPTON_SODIUM", ["libsodium.so.26", "libsodium.so"])
if sodium.sodium_init() < 0:
    raise SystemExit("libsodium does not start")

CIPHERS = {1: ("crypto_aead_xchacha20poly1305_ietf", 24, 16), 3: ("crypto_aead_aegis256", 32, 32)}


def encrypt(cipher, key, nonce, plain, associated):
    name, nonce_size, tag = CIPHERS[cipher]
    assert len(nonce) == nonce_size and len(key) == 32
    out = ctypes.create_string_buffer(len(plain) + tag)
    size = ctypes.c_ulonglong
    getattr(sodium, name + "_encrypt")(
        out, None, plain, size(len(plain)), associated, size(len(associated)), None, nonce, key)
    return out.raw


def decrypt(cipher, key, nonce, sealed, associated):
    name, _, tag = CIPHERS[cipher]
    if len(sealed) < tag:
        raise Refused("too short")
    out = ctypes.create_string_buffer(len(sealed) - tag + 1)
    size = ctypes.c_ulonglong
    if getattr(sodium, name + "_decrypt")(
            out, None, None, sealed, size(len(sealed)), associated, size(len(associated)), nonce, key) != 0:
        raise Refused("changed, or of another context")
    return out.raw[:-1]


def scalarmult(secret, public):
    out = ctypes.create_string_buffer(32)
    if sodium.crypto_scalarmult(out, secret, public) != 0:
        raise Refused("a point of low order")
    return out.raw


def scalarmult_base(secret):
    out = ctypes.create_string_buffer(32)
    sodium.crypto_scalarmult_base(out, secret)
    return out.raw


def part(data):
    return struct.pack("<I", len(data)) + data


def blake2b(key, purpose, size, data):
    return hashlib.blake2b(data, digest_size=size, key=key, person=purpose).digest()


def names(job):
    return part(job["tenant"].encode()) + part(job["pipeline"].encode()) + part(job["schema"].encode())


def schedule(key, suite, cipher, salt, sender, job):
    """Key, base nonce and commitment of a segment."""
    data = part(b"LPE1") + bytes([suite, cipher]) + names(job) + part(sender) + salt
    size = 32 + CIPHERS[cipher][1]
    derived = blake2b(key, b"lepton-lpe1-keys", size, data)
    return derived[:32], derived[32:], blake2b(key, b"lepton-lpe1-comm", 32, data)


def nonce_of(base, sequence):
    last = int.from_bytes(base[-8:], "little") ^ sequence
    return base[:-8] + last.to_bytes(8, "little")


def associated_data(head, flags, job):
    data = head + names(job) + part(job["topic"].encode()) + part(job["record_key"].encode())
    if flags & BOUND:
        data += struct.pack("<i", job["partition"])
    return data


def tag_of(public):
    return hashlib.blake2b(public, digest_size=16).digest()


def signed_text(associated, sealed):
    digest = hashlib.blake2b(struct.pack("<Q", len(associated)) + associated + sealed, digest_size=64).digest()
    return b"lepton-lpe1-sign" + digest


def wrapping_key(shared, ephemeral, recipient, sender, salt):
    return blake2b(shared, b"lepton-lpe1-wrap", 32, ephemeral + recipient + sender + salt)


def unwrap(extension, salt, job):
    """Cipher of the body, sender and data key."""
    if len(extension) < 36:
        raise Refused("no recipients")
    cipher, count, wrapped = struct.unpack_from("<BBH", extension)
    if cipher not in CIPHERS or not 1 <= count <= 8 or wrapped != 80 or len(extension) != 36 + 96 * count:
        raise Refused("recipients")
    sender = extension[4:36]
    if sender != bytes.fromhex(job["sender"]):
        raise Refused("another sender")
    box_secret = bytes.fromhex(job["box_secret"])
    box_public = scalarmult_base(box_secret)
    for at in range(36, len(extension), 96):
        if extension[at:at + 16] == tag_of(box_public):
            ephemeral = extension[at + 16:at + 48]
            key = wrapping_key(scalarmult(box_secret, ephemeral), ephemeral, box_public, sender, salt)
            return cipher, sender, decrypt(1, key, bytes(24), extension[at + 48:at + 96], b"")
    raise Refused("for others")


def decompress(data, size):
    zstd = library("LEPTON_ZSTD", ["libzstd.so.1"])
    zstd.ZSTD_decompress.restype = ctypes.c_size_t
    out = ctypes.create_string_buffer(size + 1)
    if zstd.ZSTD_decompress(out, ctypes.c_size_t(size), data, ctypes.c_size_t(len(data))) != size:
        raise Refused("compressed data")
    return out.raw[:size]


def compress(data):
    zstd = library("LEPTON_ZSTD", ["libzstd.so.1"])
    zstd.ZSTD_compressBound.restype = zstd.ZSTD_compress.restype = ctypes.c_size_t
    out = ctypes.create_string_buffer(zstd.ZSTD_compressBound(ctypes.c_size_t(len(data))))
    size = zstd.ZSTD_compress(out, ctypes.c_size_t(len(out)), data, ctypes.c_size_t(len(data)), 3)
    return out.raw[:size]


def open_envelope(envelope, job):
    if len(envelope) < HEADER.size:
        raise Refused("too short")
    magic, suite, flags, head_size, _, salt, commitment, sequence, records, size = HEADER.unpack_from(envelope)
    if magic != b"LPE1" or suite not in (1, 2, 3) or flags & ~7 or size > LIMIT or sequence >> 32:
        raise Refused("header")
    if (suite == 2) == (head_size == 96) or not 96 <= head_size <= len(envelope):
        raise Refused("header size")
    if (records == 0) if flags & BATCH else (records != 1):
        raise Refused("records")
    head, sealed = envelope[:head_size], envelope[head_size:]
    associated = associated_data(head, flags, job)
    cipher, sender = suite, b""
    if suite == 2:
        sealed, signature = sealed[:-64], sealed[-64:]
        cipher, sender, key = unwrap(head[96:], salt, job)
        text = signed_text(associated, sealed)
        if len(signature) != 64 or sodium.crypto_sign_verify_detached(
                signature, text, ctypes.c_ulonglong(len(text)), sender) != 0:
            raise Refused("signature")
    else:
        key = bytes.fromhex(job["key"])
    key, base, expected = schedule(key, suite, cipher, salt, sender, job)
    if commitment != expected:
        raise Refused("another key")
    plain = decrypt(cipher, key, nonce_of(base, sequence), sealed, associated)
    if flags & COMPRESSED:
        plain = decompress(plain, size)
    if len(plain) != size:
        raise Refused("size")
    return {"plain": plain.hex(), "records": records, "batch": bool(flags & BATCH)}


def recipients_part(cipher, salt, data_key, job):
    sign_secret = bytes.fromhex(job["sign_secret"])
    sender = sign_secret[32:]
    out = struct.pack("<BBH", cipher, len(job["recipients"]), 80) + sender
    for text in job["recipients"]:
        public, ephemeral = bytes.fromhex(text), os.urandom(32)
        shown = scalarmult_base(ephemeral)
        key = wrapping_key(scalarmult(ephemeral, public), shown, public, sender, salt)
        out += tag_of(public) + shown + encrypt(1, key, bytes(24), data_key, b"")
    return sender, out


def seal_envelope(plain, job):
    suite, salt, sequence = job["suite"], bytes.fromhex(job["salt"]), job["sequence"]
    flags = (BATCH if job["records"] else 0) | (BOUND if job["bind_partition"] else 0)
    body = plain
    if job["compress"] and len(compress(plain)) < len(plain):
        body, flags = compress(plain), flags | COMPRESSED
    cipher, sender, extension = suite, b"", b""
    if suite == 2:
        cipher, key = job["cipher"], os.urandom(32)
        sender, extension = recipients_part(cipher, salt, key, job)
        key_id = tag_of(sender)
    else:
        key, key_id = bytes.fromhex(job["key"]), bytes.fromhex(job["key_id"])
    key, base, commitment = schedule(key, suite, cipher, salt, sender, job)
    head = HEADER.pack(b"LPE1", suite, flags, 96 + len(extension), key_id, salt, commitment, sequence,
                       job["records"] or 1, len(plain)) + extension
    associated = associated_data(head, flags, job)
    sealed = encrypt(cipher, key, nonce_of(base, sequence), body, associated)
    if suite == 2:
        signature, text = ctypes.create_string_buffer(64), signed_text(associated, sealed)
        sodium.crypto_sign_detached(signature, None, text, ctypes.c_ulonglong(len(text)), bytes.fromhex(job["sign_secret"]))
        sealed += signature.raw
    return {"envelope": (head + sealed).hex()}


def check(path):
    with open(path, encoding="utf-8") as file:
        vectors = json.load(file)["vectors"]
    for each in vectors:
        got = open_envelope(bytes.fromhex(each["envelope"]), each)
        if got != {"plain": each["plain"], "records": each["records"] or 1, "batch": each["records"] > 0}:
            raise SystemExit(f"{each['name']}: another plaintext")
        changed = bytearray.fromhex(each["envelope"])
        changed[-1] ^= 1
        try:
            open_envelope(bytes(changed), each)
        except Refused:
            continue
        raise SystemExit(f"{each['name']}: opens although it was changed")
    print(f"{len(vectors)} vectors agree")


def main():
    if len(sys.argv) == 3 and sys.argv[1] == "check":
        check(sys.argv[2])
    elif sys.argv[1:] in (["open"], ["seal"]):
        job = json.loads(sys.stdin.buffer.read())
        many = job if isinstance(job, list) else [job]
        if sys.argv[1] == "open":
            out = [open_envelope(bytes.fromhex(each["envelope"]), each) for each in many]
        else:
            out = [seal_envelope(bytes.fromhex(each["plain"]), each) for each in many]
        json.dump(out if isinstance(job, list) else out[0], sys.stdout)
    else:
        raise SystemExit(__doc__)


if __name__ == "__main__":
    try:
        main()
    except Refused as why:
        raise SystemExit(f"refused: {why}")
