/** A QR code of a short text, such as an address: versions 1 to 4, error correction L, bytes (ISO/IEC 18004). No DOM. */

/** Codewords of each version for data and for error correction: one block each. */
const VERSIONS = [[19, 7], [34, 10], [55, 15], [80, 20]];
/** The format's bits for error correction L and mask 0, the highest first. */
const FORMAT = 0b111011111000100;
const PADS = [0b11101100, 0b00010001];
const FINDER = 7;

const [EXPONENTS, LOGARITHMS] = tablesOf(0x11d);

/** Rows of booleans, dark is true; null where *text* is too long. */
export function qrOf(text) {
  const bytes = [...new TextEncoder().encode(text)];
  // Four bits of mode, eight of length.
  const version = VERSIONS.findIndex(([data]) => bytes.length + 2 <= data);
  if (version < 0) {
    return null;
  }
  const [data, correction] = VERSIONS[version];
  const codewords = dataOf(bytes, data);
  return drawn(version + 1, [...codewords, ...remainder(codewords, correction)]);
}

/** A path of SVG for *matrix*, a unit per module, with the quiet zone of four units that readers need. */
export function pathOf(matrix) {
  return matrix.flatMap((row, y) => row.map((isDark, x) => (isDark ? `M${x + 4} ${y + 4}h1v1h-1z` : ""))).join("");
}

function dataOf(bytes, length) {
  const bits = [0b0100, 4, bytes.length, 8, ...bytes.flatMap((byte) => [byte, 8])];
  let text = "";
  for (let at = 0; at < bits.length; at += 2) {
    text += bits[at].toString(2).padStart(bits[at + 1], "0");
  }
  text += "0000".slice(0, Math.max(0, length * 8 - text.length));
  const words = text.padEnd(Math.ceil(text.length / 8) * 8, "0").match(/.{8}/g).map((byte) => Number.parseInt(byte, 2));
  while (words.length < length) {
    words.push(PADS[(words.length - bytes.length) % 2]);
  }
  return words.slice(0, length);
}

/** Reed-Solomon: the remainder of *words* divided by the generator of *degree*. */
function remainder(words, degree) {
  const generator = generatorOf(degree);
  const rest = [...words, ...Array(degree).fill(0)];
  for (let at = 0; at < words.length; at += 1) {
    const factor = rest[at];
    if (factor !== 0) {
      generator.forEach((coefficient, index) => {
        rest[at + index] ^= times(coefficient, factor);
      });
    }
  }
  return rest.slice(words.length);
}

function generatorOf(degree) {
  let polynomial = [1];
  for (let power = 0; power < degree; power += 1) {
    const next = [...polynomial, 0];
    polynomial.forEach((coefficient, index) => {
      next[index + 1] ^= times(coefficient, EXPONENTS[power]);
    });
    polynomial = next;
  }
  return polynomial;
}

const times = (a, b) => (a === 0 || b === 0 ? 0 : EXPONENTS[(LOGARITHMS[a] + LOGARITHMS[b]) % 255]);

function tablesOf(primitive) {
  const [exponents, logarithms] = [Array(255), Array(256)];
  let value = 1;
  for (let power = 0; power < 255; power += 1) {
    exponents[power] = value;
    logarithms[value] = power;
    value = value & 0x80 ? (value << 1) ^ primitive : value << 1;
  }
  return [exponents, logarithms];
}

function drawn(version, codewords) {
  const size = 17 + 4 * version;
  /** @type {(boolean | null)[][]} */
  const matrix = Array.from({ length: size }, () => Array(size).fill(null));
  const set = (row, column, isDark) => {
    if (row >= 0 && row < size && column >= 0 && column < size) {
      matrix[row][column] = isDark;
    }
  };
  for (const [top, left] of [[0, 0], [0, size - FINDER], [size - FINDER, 0]]) {
    for (let row = -1; row <= FINDER; row += 1) {
      for (let column = -1; column <= FINDER; column += 1) {
        const ring = Math.max(Math.abs(row - 3), Math.abs(column - 3));
        set(top + row, left + column, ring !== 2 && ring <= 3);
      }
    }
  }
  for (let at = FINDER + 1; at < size - FINDER - 1; at += 1) {
    set(6, at, at % 2 === 0);
    set(at, 6, at % 2 === 0);
  }
  if (version > 1) {
    const centre = size - FINDER;
    for (let row = -2; row <= 2; row += 1) {
      for (let column = -2; column <= 2; column += 1) {
        set(centre + row, centre + column, Math.max(Math.abs(row), Math.abs(column)) !== 1);
      }
    }
  }
  drawFormat(size, set);
  drawData(matrix, size, codewords);
  return matrix;
}

function drawFormat(size, set) {
  for (let bit = 0; bit < 15; bit += 1) {
    const isDark = ((FORMAT >> bit) & 1) === 1;
    // Beside the finder at the top left, around its corner.
    const [row, column] = bit < 6 ? [bit, 8] : bit < 8 ? [bit + 1, 8] : bit === 8 ? [8, 7] : [8, 14 - bit];
    set(row, column, isDark);
    // And once more, in halves, beside the other two.
    if (bit < 8) {
      set(8, size - 1 - bit, isDark);
    } else {
      set(size - 15 + bit, 8, isDark);
    }
  }
  set(size - 8, 8, true);
}

/** Two columns at a time, up and down in turn, from the right; column 6 is the timing's. */
function drawData(matrix, size, codewords) {
  let bit = 0;
  let isUp = true;
  for (let right = size - 1; right > 0; right -= 2) {
    right -= right === 6 ? 1 : 0;
    for (let step = 0; step < size; step += 1) {
      const row = isUp ? size - 1 - step : step;
      for (const column of [right, right - 1]) {
        if (matrix[row][column] === null) {
          const isSet = (((codewords[bit >> 3] ?? 0) >> (7 - (bit & 7))) & 1) === 1;
          matrix[row][column] = isSet !== ((row + column) % 2 === 0);
          bit += 1;
        }
      }
    }
    isUp = !isUp;
  }
}
