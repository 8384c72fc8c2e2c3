"""Contents of the stand-ins, where they repeat what the real module has."""

import dis
import subprocess
import sys

from uma.runtime.stand_ins import CODE_FLAGS, STAND_INS


def test_flags_of_code_are_pythons():
    """inspect makes the same constants of them."""
    assert dis.COMPILER_FLAG_NAMES.items() <= CODE_FLAGS.items()


def test_time_zones_are_looked_for_in_linuxs_folders():
    """zoneinfo finds a zone by the folders of the stand-in, and asks it for nothing else."""
    code = """if True:
        from uma.runtime.light_imports import light_imports
        with light_imports():
            import zoneinfo
        print(*zoneinfo.TZPATH)
    """
    answer = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, timeout=60, check=False)

    assert "/usr/share/zoneinfo" in answer.stdout.split(), answer.stderr
    assert set(STAND_INS["sysconfig"]()) == {"get_config_var"}
