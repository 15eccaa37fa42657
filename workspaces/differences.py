"""What changed between two wordings, word by word."""

import re
from difflib import SequenceMatcher

WORDS = re.compile(r"\s+|\w+|[^\w\s]")


def differences(former, latter):
    """`[(“same” | “removed” | “added”, text)]`; the parts that are not removed make up `latter`, those not added `former`."""
    old, new = WORDS.findall(former), WORDS.findall(latter)
    parts = []
    for kind, start, end, new_start, new_end in SequenceMatcher(a=old, b=new).get_opcodes():
        if kind == "equal":
            parts.append(("same", "".join(new[new_start:new_end])))
            continue
        parts.append(("removed", "".join(old[start:end])))
        parts.append(("added", "".join(new[new_start:new_end])))
    return [(kind, text) for kind, text in parts if text]
