"""Many modules made one."""

import pytest

from uma.web.bundle import bundle

MODULES = {
    "main.js": """/** Says it. */
import { double } from "./double.js";
import { WORD } from "./word.js?v=2026.11.26";

const own = 4;
console.log(WORD, double(own));
""",
    "double.js": """import {
  LENGTH,
} from "./word.js?v=2026.11.26";

export function double(number) {
  return 2 * number + LENGTH;
}
""",
    "word.js": """export const WORD = 'export const "no"';
export const LENGTH = 0;
""",
    "unused.js": "throw new Error();\n",
}

ONE = """const module0 = (() => {
const WORD = 'export const "no"';
const LENGTH = 0;
return { WORD, LENGTH };
})();

const module1 = (() => {
const {
  LENGTH,
} = module0;

function double(number) {
  return 2 * number + LENGTH;
}
return { double };
})();

const module2 = (() => {
/** Says it. */
const { double } = module1;
const { WORD } = module0;

const own = 4;
console.log(WORD, double(own));
return {  };
})();
"""


def test_each_module_is_there_once_after_what_it_imports():
    """A module's names are its own but for those it exports, and what nobody imports is not there."""
    assert bundle(MODULES, "main.js") == (ONE, ["word.js", "double.js", "main.js"])


def test_a_module_apart_stays_one():
    """What another script of the page has begun already is imported from the same address, not begun a second time."""
    text, names = bundle(MODULES, "main.js", {"word.js"})

    assert text.startswith('import * as module0 from "./word.js?v=2026.11.26";\n\nconst module1 =')
    assert "const { WORD } = module0;" in text
    assert names == ["double.js", "main.js"]


def test_what_is_not_there_is_missed_at_once():
    """A module that is not in the package is found out when the daemon starts, not in a browser."""
    with pytest.raises(KeyError):
        bundle({"main.js": 'import { gone } from "./gone.js";\n'}, "main.js")
