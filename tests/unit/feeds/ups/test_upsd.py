"""upsd's protocol, and daemons that only resemble it."""

import asyncio

import pytest

from uma.feeds.ups.parse_nut import USED_VARIABLES
from uma.feeds.ups.peer import NoAnswer, connected
from uma.feeds.ups.upsd import Refused, Upsd, connected_upsd

from .peers import serving


def scripted(answers, questions=None):
    """A daemon with scripted answers, in bytes."""

    async def serve(reader, writer):
        while line := await reader.readline():
            if questions is not None:
                questions.append(line)
            writer.write(answers.get(line.strip(), b"ERR UNKNOWN-COMMAND\n"))
            await writer.drain()

    return serve


LIST = b'BEGIN LIST VAR ups\nVAR ups ups.status "OL"\nVAR ups x "a \\"b\\""\nVAR ups odd\nEND LIST VAR ups\n'


async def test_questions_over_one_connection():
    """Names, all variables, one variable; quotes are removed, damaged rows left out."""
    answers = {
        b"LIST UPS": b'BEGIN LIST UPS\nUPS ups "Ellipse"\nUPS rack "x"\nEND LIST UPS\n',
        b"LIST VAR ups": LIST,
        b"GET VAR ups ups.status": b'VAR ups ups.status "OL CHRG"\n',
    }
    async with serving(scripted(answers)) as port, connected_upsd("127.0.0.1", port) as daemon:
        assert await daemon.names() == ["ups", "rack"]
        assert await daemon.variables("ups") == {"ups.status": "OL", "x": 'a "b"'}
        assert await daemon.variable("ups", "ups.status") == "OL CHRG"


async def test_a_refusal_has_a_code():
    """ERR DATA-STALE is upsd's word for a lost UPS; the connection continues."""
    answers = {b"LIST VAR ups": b"ERR DATA-STALE\n", b"LIST UPS": b"BEGIN LIST UPS\nEND LIST UPS\n"}
    async with serving(scripted(answers)) as port, connected_upsd("127.0.0.1", port) as daemon:
        with pytest.raises(Refused) as refused:
            await daemon.variables("ups")
        assert refused.value.code == "DATA-STALE"
        assert await daemon.names() == []


async def test_a_name_is_quoted():
    """A name with blanks and quotes is one word of the request, and can't add a second request."""
    questions = []
    async with serving(scripted({}, questions)) as port, connected_upsd("127.0.0.1", port) as daemon:
        with pytest.raises(Refused):
            await daemon.variable('a "b" \\', "ups.status")

    assert questions == [b'GET VAR "a \\"b\\" \\\\" ups.status\n']


async def test_variables_one_by_one():
    """If a list fails, values are read one by one; missing ones are left out."""
    answers = {f"GET VAR ups {name}".encode(): b"ERR VAR-NOT-SUPPORTED\n" for name in USED_VARIABLES}
    answers[b"GET VAR ups battery.charge"] = b'VAR ups battery.charge "90"\n'
    async with serving(scripted(answers)) as port, connected_upsd("127.0.0.1", port) as daemon:
        assert await daemon.used_variables("ups") == {"battery.charge": "90"}


async def test_one_by_one_a_lost_ups_is_lost():
    """DATA-STALE does not mean a missing variable."""
    answers = {f"GET VAR ups {name}".encode(): b"ERR DATA-STALE\n" for name in USED_VARIABLES}
    async with serving(scripted(answers)) as port, connected_upsd("127.0.0.1", port) as daemon:
        with pytest.raises(Refused, match="DATA-STALE"):
            await daemon.used_variables("ups")


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (b"HTTP/1.1 400 Bad Request\n", "not a list"),
        (b"BEGIN LIST VAR ups\n" + b'VAR ups x "y"\n' * 200_000 + b"END LIST VAR ups\n", "more than 262144 bytes"),
        (b"BEGIN LIST VAR ups\n" + b"\n" * 500_000 + b"END LIST VAR ups\n", "more than 262144 bytes"),
        (b"BEGIN LIST VAR ups\nVAR ups x " + b"y" * 2_000_000 + b"\nEND LIST VAR ups\n", "too long"),
        (b"BEGIN LIST VAR ups\nVAR ups \xff\xfe \x00\n", "no complete answer"),
    ],
    ids=["another protocol", "a list of megabytes", "empty lines", "a line of megabytes", "no end"],
)
async def test_invalid_answers(answer, words):
    """It is given up, within limits of bytes and time, with a reason."""
    seconds = 0.3 if words == "no complete answer" else 60.0
    async with serving(scripted({b"LIST VAR ups": answer})) as port, connected("127.0.0.1", port) as streams:
        with pytest.raises(NoAnswer, match=words):
            await Upsd(streams, seconds=seconds).variables("ups")


async def test_an_answer_byte_by_byte():
    """The deadline is for the whole answer: a line does not extend it."""

    async def serve(reader, writer):
        await reader.readline()
        writer.write(b"BEGIN LIST VAR ups\n")
        while True:
            writer.write(b'VAR ups x "y"\n')
            await writer.drain()
            await asyncio.sleep(0.02)

    async with serving(serve) as port, connected("127.0.0.1", port) as streams:
        with pytest.raises(NoAnswer, match=r"0\.2 s"):
            await Upsd(streams, seconds=0.2).variables("ups")


async def test_a_daemon_that_ends():
    """A closed connection is not an answer either."""

    async def serve(reader, writer):
        await reader.readline()

    async with serving(serve) as port, connected_upsd("127.0.0.1", port) as daemon:
        with pytest.raises(NoAnswer):
            await daemon.names()
