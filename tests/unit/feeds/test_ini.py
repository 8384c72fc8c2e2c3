"""Unraid's ini dialect."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from uma.feeds.ini import is_cut, parse


def test_headers_lose_quotes_and_keys_keep_their_case() -> None:
    """disks.ini writes ["disk1"], network.ini [eth0]; two names may differ by case alone, and hold dots and blanks."""
    text = '["disk1"]\nfsSize="12"\n[eth0]\nIPADDR:0="10.0.0.2"\n["My.Share 2"]\na="1"\n["my.share 2"]\na="2"\n'

    assert parse(text) == {
        "disk1": {"fsSize": "12"},
        "eth0": {"IPADDR:0": "10.0.0.2"},
        "My.Share 2": {"a": "1"},
        "my.share 2": {"a": "2"},
    }


def test_keys_above_the_first_header_have_no_section() -> None:
    """var.ini has no section at all; smart-one.cfg has nothing but sections."""
    assert parse('version="7.2.0"\n["a"]\nb="c"') == {"": {"version": "7.2.0"}, "a": {"b": "c"}}
    assert parse('["a"]\n') == {"a": {}}


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ('comment="100% of %h"', "100% of %h"),
        ('comment="a=b"', "a=b"),
        ('comment="say \\"hi\\""', 'say "hi"'),
        ('comment="C:\\dir\\"', "C:\\dir\\"),
        ('comment="say "hi""', 'say "hi"'),
        ('comment=""', ""),
        ("comment=", ""),
        ('comment="', '"'),
        ("comment=bare words ", "bare words"),
        ('comment = "spaced" ', "spaced"),
        ('comment="a # b ; c [d]"', "a # b ; c [d]"),
        ('comment=" blanks "', " blanks "),
        ('comment="it\'s"', "it's"),
        ('comment="ünïcode\u2028\x0b"', "ünïcode\u2028\x0b"),
    ],
)
def test_a_value_is_verbatim_but_for_its_quotes(line: str, value: str) -> None:
    """It is split at the first =, loses one pair of quotes, and nothing in it is meant but an escaped quote."""
    assert parse(line) == {"": {"comment": value}}


def test_other_lines_than_keys_are_skipped() -> None:
    """Comments, blank and broken lines tell nothing, and harm nothing."""
    assert parse('# a="1"\n; b="2"\n\nbroken\n="no key"\nc="3"\n[open\nd="4"') == {"": {"c": "3", "d": "4"}}


def test_byte_order_mark_and_crlf_are_harmless() -> None:
    """Files that a user has edited on another system read the same."""
    assert parse('\ufeff["a"]\r\nb="c"\r\nd="e"\r\n') == {"a": {"b": "c", "d": "e"}}


def test_a_section_that_comes_twice_is_one() -> None:
    """As in PHP, whose parser emhttpd writes for: the later keys are added, the last of two equal ones counts."""
    assert parse('["a"]\nb="1"\nc="1"\n["x"]\n["a"]\nb="2"') == {"a": {"b": "2", "c": "1"}, "x": {}}


@given(st.text(alphabet=st.sampled_from('[]"=\\\n\r#; ab\ufeff\x00é')))
def test_no_text_is_an_error(text: str) -> None:
    """Whatever is read, sections come out, and their names and values are text."""
    assert all(isinstance(value, str) for section in parse(text).values() for value in section.values())
    assert is_cut(text) in (True, False)


@given(st.dictionaries(st.from_regex(r"[A-Za-z]\w*", fullmatch=True), st.text(alphabet="ab %=[]#'.é", max_size=9)))
def test_written_keys_are_read(keys: dict[str, str]) -> None:
    """Any keys and values in emhttpd's manner survive."""
    text = "".join(f'{key}="{value}"\n' for key, value in keys.items())

    assert parse(text).get("", {}) == keys


@pytest.mark.parametrize("end", ["f", "fsState", "fsState=", 'fsState="', 'fsState="Star', '["dis', '["disk1"]'])
def test_a_text_that_ends_within_a_line_is_cut(end: str) -> None:
    """emhttpd quotes every value and puts keys below every header: without a closing quote there was more to come."""
    assert is_cut(f'version="7.2.0"\n{end}')


@pytest.mark.parametrize("end", ['fsState="Started"', 'fsState="Started"\n', 'fsState=""\r\n', "a=b\n", "# end", ""])
def test_a_text_that_ends_with_a_line_is_not_cut(end: str) -> None:
    """The last newline may be missing."""
    assert not is_cut(f'version="7.2.0"\n{end}')
