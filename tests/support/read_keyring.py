#!/usr/bin/env python3
"""Reads a keyring that a key file opens, as docs/formats/keyring.md describes it and with nothing of Lepton: the test that the
document is true. Prints keys and versions as `lepton keys list --json` does; never a key.

    read_keyring.py KEYRING KEY_FILE LIBSODIUM    exits 1 if anything differs from the format
"""
import ctypes
import hashlib
import json
import struct
import sys

STATES = {1: "pending", 2: "primary", 3: "enabled", 4: "disabled", 5: "destroyed"}


def blake2b(size: int, key: bytes = b"", personal: bytes = b"", message: bytes = b"", salt: bytes = b"") -> bytes:
    return hashlib.blake2b(message, digest_size=size, key=key, person=personal, salt=salt).digest()


def parts(*texts: bytes) -> bytes:
    return b"".join(struct.pack("<I", len(text)) + text for text in texts)


class Sodium:
    def __init__(self, path: str) -> None:
        self.library = ctypes.CDLL(path)
        assert self.library.sodium_init() >= 0

    def open(self, sealed: bytes, additional: bytes, nonce: bytes, key: bytes) -> bytes:
        out, size = ctypes.create_string_buffer(len(sealed)), ctypes.c_ulonglong()
        failed = self.library.crypto_aead_xchacha20poly1305_ietf_decrypt(
            out, ctypes.byref(size), None, sealed, ctypes.c_ulonglong(len(sealed)), additional,
            ctypes.c_ulonglong(len(additional)), nonce, key)
        assert failed == 0, "the tag does not fit"
        return out.raw[:size.value]


class Body:
    def __init__(self, content: bytes, wrap_key: bytes, sodium: Sodium) -> None:
        self.content, self.wrap_key, self.sodium, self.at = content, wrap_key, sodium, 0

    def take(self, size: int) -> bytes:
        assert self.at + size <= len(self.content)
        self.at += size
        return self.content[self.at - size:self.at]

    def number(self, size: int) -> int:
        return int.from_bytes(self.take(size), "little")

    def text(self) -> bytes:
        return self.take(self.number(1))

    def key(self, size: int, context: bytes) -> bytes:
        wrapped = self.take(size + 40)
        return self.sodium.open(wrapped[24:], context, wrapped[:24], self.wrap_key)

    def version(self, name: bytes, tenant: bytes) -> dict:
        identity, state = self.take(16), STATES[self.number(1)]
        self.take(16)
        if state != "destroyed":
            key = self.key(32, parts(b"version", name, tenant, identity))
            assert blake2b(16, key, message=b"lepton key id 1") == identity
        return {"id": identity.hex(), "state": state}

    def named_key(self) -> dict:
        name, tenant = self.text(), self.text()
        if self.number(1):
            self.key(32, parts(b"hash", name, tenant))
        versions = [self.version(name, tenant) for _ in range(self.number(4))]
        return {"name": name.decode(), "tenant": tenant.decode(), "versions": versions}


def read(file: bytes, key_file: bytes, sodium: Sodium) -> list:
    assert file[:11] == b"LPTNKEYS\x01\x00\x02" and file[11:32] == bytes(21)
    bound = file[:104]
    assert int.from_bytes(file[96:104], "little") == len(file) - 152
    assert blake2b(16, message=file[:136]) == file[136:152]
    root = blake2b(32, personal=b"lepton key file1", message=key_file, salt=file[32:48])
    assert blake2b(32, root, b"lptn ring commit", bound) == file[104:136]
    plain = sodium.open(file[152:], file[:152], file[72:96], blake2b(32, root, b"lptn ring body", bound))
    body = Body(plain, blake2b(32, root, b"lptn ring wrap", bound), sodium)
    body.key(64, b"identity sign")
    body.key(32, b"identity box")
    keys = [body.named_key() for _ in range(body.number(4))]
    assert body.at == len(plain)
    return keys


def main() -> None:
    keyring, key_file, library = sys.argv[1:]
    with open(keyring, "rb") as file, open(key_file, "rb") as key:
        print(json.dumps(read(file.read(), key.read(), Sodium(library))))


if __name__ == "__main__":
    main()
