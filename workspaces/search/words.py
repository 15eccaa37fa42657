"""The words of a text as the index keeps them. What is stored, what is asked and what is marked go the same way, so that both
databases find the same and every find can be shown."""

import re
import threading
import unicodedata

import Stemmer

WORD = re.compile(r"[^\W_](?:[^\W_]|[\u0300-\u036f]|['’](?=[^\W_]))*")
LONGEST = 40  # characters of a stem; what is longer is no word
_of_thread = threading.local()  # a stemmer serves one thread


def stems(text):
    return [stem for _, _, stem in spans(text)]


def spans(text):
    """`(start, end, stem)` of each word of `text`, in order."""
    for found in WORD.finditer(text):
        if stem := stem_of(found.group()):
            yield found.start(), found.end(), stem


def stem_of(word):
    """“Prosecutor’s” and “prosecutors” are one stem, “café” and “cafe” too. ASCII letters and digits alone, so that no
    database's own rules come into it: other letters stand as their numbers."""
    bare = unicodedata.normalize("NFKD", word).casefold().replace("’", "'")
    stem = stemmer().stemWord("".join(letter for letter in bare if letter.isalnum() or letter == "'")).replace("'", "")
    return "".join(letter if letter.isascii() else f"u{ord(letter):x}" for letter in stem)[:LONGEST]


def stemmer():
    if not hasattr(_of_thread, "stemmer"):
        _of_thread.stemmer = Stemmer.Stemmer("english")
    return _of_thread.stemmer
