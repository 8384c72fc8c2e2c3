"""Shortening of serial numbers: one rule for ids of drives, and one for free text.

emhttpd's id of a drive is ``MODEL_SERIAL``, with an underscore for each blank in
either. A tail may follow: a world wide name (``_35000c500…``, ``_naa.…``), an NVMe
namespace (``_1``), a USB unit (``-0:0``). Ids are cut at 79 bytes. The end of the model
is not marked. So words that may belong to a serial number count as such, and a few
models lose a word. No text from here has more than 4 characters of a serial number.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import takewhile
from typing import Final

LEFT_OUT: Final = "(left out)"
MAX_SHOWN_CHARACTERS: Final = 4
MAX_ID_BYTES: Final = 79
"""Characters; emhttpd cuts longer ids."""
MAX_CACHED_IDS: Final = 256
MIN_SECRET_CHARACTERS: Final = 5
"""Characters; shorter parts of a serial number occur in any text."""

_UNIT: Final = re.compile(r"-\d{1,3}:\d{1,3}\Z")
_NAMESPACE: Final = re.compile(r"\d{1,3}")
_WORLD_WIDE_NAME: Final = re.compile(
    r"(?:naa\.|eui\.|uuid\.|t10\.|nqn\.|nvme\.|wwn-|0x).*"
    r"|3(?:[\da-fA-F]{16}|[\da-fA-F]{32})|(?:5[\da-f]{15}|6[\da-f]{31})"
)
_CUT_NAME: Final = re.compile(r"3[\da-f]*|[\da-f]{8,}")
_CAPACITY: Final = re.compile(r"\d{1,4}(?:\.\d{1,2})?[MGT](?:B|\d\d)?")
_MICRON: Final = re.compile(r"MTFD[A-Z0-9]{4,12}")
"""Micron's part numbers, after a series: ``Micron_5300_MTFDDAK960TDS``."""
_SERIES: Final = re.compile(r"\d{3}|[A-Z]\d|\d\.\d|[A-Z][a-z]{2,9}")
_WORDS: Final = frozenset(
    {"2.5", "3D", "BK", "BLACK", "BLUE", "DC", "DISK", "DRIVE", "EVO", "EXT", "FLASH", "GOLD", "GREEN", "HDD", "HUB"}
    | {"M.2", "NVME", "OEM", "PCIE", "PERC", "PLUS", "PRO", "QVO", "RED", "SAS", "SATA", "SSD", "USB", "WITH"}
)
"""Words of models. Any other short word in capitals may be part of a serial number."""
_SHORT_PRODUCT: Final = re.compile(r"[A-Z]{1,3}\d{2,4}[A-Z]?|\d{2}[\dA-F]{2}")
"""``SN850X`` of ``WD_BLACK_SN850X``: the form of a third word if the first two have no
digit.
"""
_LEAST_PART_NUMBER: Final = 6
_LEAST_SERIAL: Final = 8
_LEAST_GROUPS: Final = 3

_FOREIGN: Final = re.compile(
    r"(?i)\b(?:naa\.|eui\.|wwn-0x|0x)?+(?:(?=[0-9]*+[a-f])[0-9a-f]{16,}+|(?<=0x)[0-9]{16,}+)\b|\bnqn\.[^\s,;]++"
)
"""Ids of drives that may be in no state file: WWN, EUI-64, NGUID, NQN."""
_LABELLED: Final = re.compile(r"(?i)\b(serial(?:[ _-]?(?:number|no\.?))?[ \t]*+[:=][ \t]*+)[^\s,;]++")


@dataclass(frozen=True, slots=True)
class DriveId:
    """Parts of an id: words of the model, of the serial number, and of the tail."""

    model: tuple[str, ...]
    serial: tuple[str, ...]
    tail: tuple[str, ...]

    @property
    def shown(self) -> str:
        """The id in its public form."""
        return "_".join((*self.model, self.serial_tail))

    @property
    def serial_tail(self) -> str:
        """The end of the serial number, at most 4 characters."""
        return self.serial[-1][-MAX_SHOWN_CHARACTERS:] if self.serial else ""


# Ids recur with each reading of emhttpd's files; splitting one takes 20 µs.
@lru_cache(maxsize=MAX_CACHED_IDS)
def masked_id(full: str) -> str | None:
    """Return id *full* with its serial number cut to the last 4 characters; None for an
    empty id.
    """
    return parse_id(full).shown if full else None


def parse_id(full: str) -> DriveId:
    """Split id *full* into model, serial number and tail. Never raises."""
    unit = _UNIT.search(full)
    body = full[: unit.start()] if unit else full
    # Runs of blanks pad the space before the next part.
    words = [word for at, word in enumerate(body.split("_")) if word or not at]
    end = _serial_end(words, is_cut=_is_cut(full))
    start = min(_model_end(words[:end]), _first_of_groups(words[:end]))
    tail = (*words[end:], *((unit[0],) if unit else ()))
    return DriveId(tuple(words[:start]), tuple(words[start:end]), tail)


def secret_words(full: str) -> tuple[str, ...]:
    """Return the parts of id *full* that no text may hold: itself, its serial number,
    and parts of that.
    """
    parts = parse_id(full)
    whole = "_".join(parts.serial)
    # The last word of a cut id may be the start of a world wide name.
    joined = ("".join(parts.serial), "".join(parts.serial[:-1] if _is_cut(full) else ()))
    words = (whole, *joined, *parts.serial, *parts.tail)
    longer = (full, "_".join((*parts.model, whole)))
    secrets = (*longer, *(word for word in words if len(word) >= _least_length(word)))
    shown = {parts.shown, parts.serial_tail}
    return tuple(dict.fromkeys(word for word in secrets if word not in shown))


def serial_mask(ids: Iterable[str], *, replacement: str | None = None) -> Callable[[str], str]:
    """Return a function that cuts ids of drives, *ids* or others, out of a text.

    An id becomes its masked form, and a serial number its last 4 characters; or both
    become *replacement*. Everything else, such as a world wide name, becomes ``(left
    out)``.
    """
    shown: dict[str, str] = {}
    for full in ids:
        parts = parse_id(full)
        short = {_plain(parts.serial[-1]): parts.serial_tail, _plain("_".join(parts.serial)): parts.serial_tail}
        for word in map(_plain, secret_words(full)):
            is_id = bool(parts.model) and word.startswith(_plain("_".join(parts.model)) + "_")
            shown.setdefault(word, replacement or (parts.shown if is_id else short.get(word, LEFT_OUT)))
    known = _any_of(shown)

    def mask(text: str) -> str:
        if known is not None:
            text = known.sub(lambda match: shown[_plain(match[0])], text)
        return _LABELLED.sub(rf"\g<1>{LEFT_OUT}", _FOREIGN.sub(LEFT_OUT, text))

    return mask


def _is_cut(full: str) -> bool:
    return len(full.encode(errors="replace")) >= MAX_ID_BYTES


def _serial_end(words: list[str], *, is_cut: bool) -> int:
    """Return the number of *words* before the tail."""
    end = len(words)
    if _is_tail(words, end) and _NAMESPACE.fullmatch(words[end - 1]):
        end -= 1
    while _is_tail(words, end) and (
        _WORLD_WIDE_NAME.fullmatch(words[end - 1]) or (is_cut and end == len(words) and _CUT_NAME.fullmatch(words[-1]))
    ):
        end -= 1
    return end


def _is_tail(words: list[str], end: int) -> bool:
    """Return whether the last word before *end* may be cut:
    a bare model has no serial.
    """
    return end > 2 or (end > 1 and _has_digit(words[0]))


def _model_end(words: list[str]) -> int:
    """Return the number of *words* that can only be the model's; the last word ends the
    serial.
    """
    last = len(words) - 1
    if last < 1 or _begins_like_a_serial(words[0]):
        return 0
    has_product = _has_digit(words[0])
    is_numbered = has_product and len(words[0]) >= _LEAST_PART_NUMBER
    for at in range(1, last):
        word = words[at]
        # After a part number no series is needed; digits after it may be the serial's.
        is_word = _is_word(word) and not (is_numbered and _SERIES.fullmatch(word))
        may_be_product = not has_product and (at == 1 or (at == 2 and bool(_SHORT_PRODUCT.fullmatch(word))))
        if not is_word and not (may_be_product and not _begins_like_a_serial(word)):
            return at
        has_product = has_product or _has_digit(word)
        is_numbered = is_numbered or (_has_digit(word) and len(word) >= _LEAST_PART_NUMBER)
    return last


def _first_of_groups(words: list[str]) -> int:
    """Return the start of a serial number in groups of equal length:
    ``E823_8FA6_BF53``.
    """
    length = len(words[-1].rstrip("."))
    groups = sum(1 for _ in takewhile(lambda word: _is_group(word, length), reversed(words)))
    first = len(words) - groups
    # Two words of equal length are a model's last word and a serial number, unless they
    # are short.
    least = _LEAST_GROUPS - 1 if length == MAX_SHOWN_CHARACTERS else _LEAST_GROUPS
    if length < MAX_SHOWN_CHARACTERS or groups < least:
        return len(words)
    return first if first or groups >= _LEAST_GROUPS else 1


def _is_group(word: str, length: int) -> bool:
    return len(word.rstrip(".")) == length and not _is_word(word)


def _is_word(word: str) -> bool:
    """Return whether *word* occurs in models only."""
    return word.upper() in _WORDS or any(kind.fullmatch(word) for kind in (_SERIES, _CAPACITY, _MICRON))


def _begins_like_a_serial(word: str) -> bool:
    return len(word) >= _LEAST_SERIAL and word[0].isdigit()


def _has_digit(word: str) -> bool:
    return any(character.isdigit() for character in word)


def _least_length(word: str) -> int:
    """Return the length from which a part of *word* identifies one serial number."""
    return MIN_SECRET_CHARACTERS if _has_digit(word) else _LEAST_SERIAL


def _any_of(words: Iterable[str]) -> re.Pattern[str] | None:
    ordered = sorted(words, key=lambda word: (-len(word), word))
    return re.compile("|".join(map(_pattern_of, ordered)), re.IGNORECASE) if ordered else None


def _pattern_of(word: str) -> str:
    pattern = re.escape(word).replace("_", "[_ ]+")
    # A short word, or a plain number, may be part of something else.
    is_alone = len(word) < _LEAST_SERIAL or word.isdecimal()
    return rf"(?<![^\W_]){pattern}(?![^\W_])" if is_alone else pattern


def _plain(text: str) -> str:
    """Return *text* in lower case, with one underscore for each run of blanks."""
    return re.sub("[_ ]+", "_", text).lower()
