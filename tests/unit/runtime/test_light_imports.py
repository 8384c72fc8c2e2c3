"""Stand-ins for unused imports of libraries."""

import subprocess
import sys

from uma.runtime.stand_ins import STAND_INS


def run(code):
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)


def test_the_daemon_loads_with_them_and_none_stays():
    """The daemon and Docker's library load with the stand-ins; afterwards each name imports the real module."""
    answer = run(
        f"""if True:
        import sys
        from uma.runtime.light_imports import light_imports
        with light_imports():
            import uma.daemon.serve
        import uma.feeds.docker.client, uma.control.containers
        for name in {list(STAND_INS)}:
            assert name not in sys.modules or hasattr(sys.modules[name], "__file__"), name
        import email.policy, html.entities, pickle, tarfile, importlib.metadata, mimetypes, urllib.request, bz2, lzma
        import structlog.dev, structlog.tracebacks
        assert mimetypes.guess_type("a.html")[0] == "text/html" and urllib.request.HTTPHandler
        assert structlog.dev.ConsoleRenderer(colors=False) and structlog.tracebacks.extract
        assert lzma.decompress(lzma.compress(b"a")) == bz2.decompress(bz2.compress(b"a")) == b"a"
        assert pickle.loads(pickle.dumps([1])) == [1]
        assert email.policy.HTTP.max_line_length is None and html.entities.html5
        print("done")
        """
    )

    assert answer.stdout == "done\n", answer.stderr


def test_a_content_type_is_parsed():
    """aiohttp's parser of a Content-Type works, with the policy that loads at first use."""
    answer = run(
        """if True:
        import sys
        from uma.runtime.light_imports import light_imports
        with light_imports():
            import uma.daemon.serve
        from aiohttp.helpers import parse_content_type
        assert "email._header_value_parser" not in sys.modules
        print(parse_content_type("application/json; charset=UTF-8"))
        """
    )

    assert answer.stdout.startswith("('application/json', mappingproxy({'charset': 'UTF-8'}))"), answer.stderr


def test_a_host_name_of_other_letters_is_understood():
    """yarl encodes a name that is not ASCII by the real idna, imported at that moment."""
    answer = run(
        """if True:
        import sys
        from uma.runtime.light_imports import light_imports
        with light_imports():
            import uma.daemon.serve
        from yarl import URL
        assert "idna" not in sys.modules
        print(URL("http://t\u00fcrme.example/").raw_host, URL("http://xn--trme-0ra.example/").host)
        """
    )

    assert answer.stdout.split()[0] == "xn--trme-0ra.example", answer.stderr


def test_a_log_for_people_is_in_colours():
    """The renderer that is left out for a server is loaded for a terminal."""
    answer = run(
        """if True:
        from uma.runtime.light_imports import light_imports
        with light_imports():
            import uma.daemon.serve
        from uma.runtime.logs import configure_logs
        configure_logs(format="text", level="info")
        import structlog
        structlog.get_logger().info("daemon started", port=1)
        try:
            1 / 0
        except ZeroDivisionError:
            structlog.get_logger().exception("source failed")
        """
    )

    assert "daemon started" in answer.stderr, answer.stderr
    assert "ZeroDivisionError" in answer.stderr


def test_a_module_comes_when_it_is_used():
    """A stand-in that was bound in a library gives what the real module has, in a package too, and then is gone."""
    answer = run(
        """if True:
        import sys
        from uma.runtime.light_imports import light_imports
        with light_imports():
            import ast, inspect, tempfile, uuid
            from asyncio import sslproto
            import msgspec
        # From Python 3.14 on dataclasses need ast.
        left_out = {"uuid", "tempfile", "msgspec.inspect"} | ({"ast"} if sys.version_info < (3, 14) else set())
        assert not left_out & sys.modules.keys()
        assert ast.literal_eval("[1]") == [1] and str(inspect.signature(len)) == "(obj, /)"
        assert uuid.uuid4().version == 4 and sslproto.SSLProtocol.__module__ == "asyncio.sslproto"
        assert msgspec.json.schema(int) == {"type": "integer"} and msgspec.inspect.type_info(int)
        assert sys.modules["uuid"].__file__ and not hasattr(tempfile, "__path__")
        print("done")
        """
    )

    assert answer.stdout == "done\n", answer.stderr


def test_a_client_of_docker_is_made():
    """aiodocker's client starts without the parts that stand-ins replace."""
    answer = run(
        """if True:
        import asyncio
        import uma.feeds.docker.client
        from aiodocker import Docker
        async def start():
            async with Docker(url="unix:///nowhere") as docker:
                return type(docker.events).__module__, type(docker.volumes).__name__
        print(*asyncio.run(start()))
        """
    )

    assert answer.stdout == "aiodocker.events DockerVolumes\n", answer.stderr


def test_a_cookies_date_is_read():
    """aiohttp's cookies expire by the stand-in's own reckoning."""
    answer = run(
        """if True:
        import calendar, time
        from uma.runtime.light_imports import light_imports
        from uma.runtime.stand_ins import STAND_INS
        for moment in (0, 951782399, 1_700_000_000, 253402300799):
            assert STAND_INS["calendar"]()["timegm"](time.gmtime(moment)) == moment
        with light_imports():
            from aiohttp.cookiejar import CookieJar
        print(CookieJar._parse_date("Wed, 29 Feb 2012 12:00:00 GMT"))
        """
    )

    assert answer.stdout == "1330516800\n", answer.stderr


def test_forgotten_modules_load_again():
    """A module that was forgotten is gone from its package too, and a later import loads another."""
    answer = run(
        """if True:
        import sys, xml, xml.dom
        from uma.runtime.light_imports import forget
        before = xml.dom
        forget("xml.dom", "never.there")
        assert not hasattr(xml, "dom") and "xml.dom" not in sys.modules
        import xml.dom
        assert xml.dom is not before
        print("done")
        """
    )

    assert answer.stdout == "done\n", answer.stderr
