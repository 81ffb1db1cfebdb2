"""Somebody else's minisign: makes keys, signs and verifies.

    signatures.py keys DIRECTORY         two key pairs, a.key and a.pub, b.key and b.pub; of the first also
                                         a-locked.key (password `secret`) and a-bare.key (without a checksum)
    signatures.py sign FILE KEY          writes FILE.minisig
    signatures.py verify FILE PUBLIC     fails when FILE.minisig is none of FILE; prints the trusted comment
"""

import base64
import sys
from pathlib import Path

import minisign


def keys(directory):
    for name in "ab":
        pair = minisign.KeyPair.generate()
        (directory / f"{name}.key").write_bytes(bytes(pair.secret_key) + b"\n")
        (directory / f"{name}.pub").write_bytes(bytes(pair.public_key) + b"\n")
        if name == "a":
            comment, key = (directory / "a.key").read_text().splitlines()
            # As `minisign -G -W` writes it.
            bare = base64.b64encode(base64.b64decode(key)[:-32] + bytes(32)).decode()
            (directory / "a-bare.key").write_text(f"{comment}\n{bare}\n")
            # Weak on purpose: deriving the usual key takes a gigabyte.
            pair.secret_key.encrypt("secret", opslimit=32768, memlimit=1 << 20)
            (directory / "a-locked.key").write_bytes(bytes(pair.secret_key) + b"\n")


def main(command, *arguments):
    paths = [Path(argument) for argument in arguments]
    if command == "keys":
        keys(*paths)
    elif command == "sign":
        file, key = paths
        minisign.SecretKey.from_file(key).sign_file(file, prehash=True, drop_signature=True)
    elif command == "verify":
        file, key = paths
        public, signature = minisign.PublicKey.from_file(key), minisign.Signature.from_file(f"{file}.minisig")
        public.verify(file.read_bytes(), signature)
        print(signature.trusted_comment)
    else:
        sys.exit(f"no command `{command}`")


main(*sys.argv[1:])
