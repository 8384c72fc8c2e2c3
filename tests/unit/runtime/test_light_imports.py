"""Stand-ins for what libraries import and nobody uses."""

import subprocess
import sys

from uma.runtime.light_imports import STAND_INS


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
        import email.policy, html.entities, pickle, tarfile, importlib.metadata
        assert pickle.loads(pickle.dumps([1])) == [1]
        assert email.policy.HTTP.max_line_length is None and html.entities.html5
        print("done")
        """
    )

    assert answer.stdout == "done\n", answer.stderr


def test_a_content_type_is_parsed():
    """aiohttp's parser of a Content-Type works, by the policy that loads when it is asked."""
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
