"""Content as one string that is always the same for the same content: what is signed, and what an audit entry's hash is of."""

import hashlib
import json


def canonical_json(content):
    """`content` as one string that is the same for the same content: keys sorted, no spaces."""
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def content_sha256(content):
    return hashlib.sha256(canonical_json(content).encode()).hexdigest()
