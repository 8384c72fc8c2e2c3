<?php

declare(strict_types=1);

namespace Uma;

/** The settings file, as the webGUI's own update.php reads and writes it: lines of KEY="value". */
final class Config
{
    /** Bytes of a uma.cfg that are read. */
    private const LARGEST = 65536;

    /** @return array<string, string>  every key of default.cfg, with the file's own value where it has one */
    public static function read(): array
    {
        return self::file(Host::path(Host::SETTINGS)) + self::defaults();
    }

    /** @return array<string, string> */
    public static function defaults(): array
    {
        return self::file(dirname(__DIR__, 2) . '/default.cfg');
    }

    /** Contents of the file, up to the daemon's own limit; "" without one. */
    public static function text(): string
    {
        $path = Host::path(Host::SETTINGS);
        return is_file($path) ? (string) @file_get_contents($path, false, null, 0, self::LARGEST + 1) : '';
    }

    /**
     * Reason why writing the file would lose some of it, a sentence; null if it would not.
     *
     * The webGUI's update.php takes a file that PHP can't parse for an empty one, and writes what the form has over it.
     */
    public static function fault(): ?string
    {
        $text = self::text();
        $path = Host::path(Host::SETTINGS);
        if (is_file($path) && !is_readable($path)) {
            return "$path can't be read";
        }
        if (@parse_ini_string($text) !== false && !str_contains($text, "\0") && strlen($text) <= self::LARGEST) {
            return null;
        }
        foreach (explode("\n", $text) as $index => $line) {
            if (str_contains($line, "\0") || @parse_ini_string($line) === false) {
                return "$path, line " . $index + 1 . ': PHP can\'t read it, so saving would lose the whole file. '
                    . 'Correct that line, or press Default';
            }
        }
        return "$path can't be read by PHP, so saving would lose it. Correct it, or press Default";
    }

    /** Set $key to $value in the file, and keep the rest of it. */
    public static function set(string $key, string $value): void
    {
        $fault = self::fault();
        if ($fault !== null) {
            throw new \RuntimeException($fault);
        }
        $path = Host::path(Host::SETTINGS);
        $text = '';
        foreach ([$key => $value] + self::file($path) as $name => $each) {
            $quote = str_contains($each, '"') ? "'" : '"';
            $text .= "$name=$quote$each$quote\n";
        }
        Host::write($path, $text);
    }

    /** Apply the file's settings: start, stop or reload the daemon, without waiting for it. */
    public static function putInForce(): void
    {
        exec(escapeshellarg(dirname(__DIR__, 2) . '/scripts/apply'));
    }

    /**
     * Key and value of a line, as the daemon reads them; null if it is not an assignment.
     *
     * PHP's own parser would take quotes of a value for a part of it where a comment follows, and single ones always.
     *
     * @return array{string, string}|null
     */
    public static function pair(string $line): ?array
    {
        [$name, $rest] = explode('=', $line, 2) + [1 => null];
        $key = trim($name);
        if ($rest === null || !preg_match('/^[A-Za-z_][A-Za-z0-9_]*\z/', $key)) {
            return null;
        }
        $rest = trim($rest);
        $quote = substr($rest, 0, 1);
        if ($quote === '"' || $quote === "'") {
            $end = strpos($rest, $quote, 1);
            $isWhole = $end !== false && preg_match('/^\s*(?:[#;]|\z)/', substr($rest, $end + 1));
            return $isWhole ? [$key, trim(substr($rest, 1, $end - 1))] : null;
        }
        $value = rtrim(substr($rest, 0, strcspn($rest, '#;')));
        return preg_match('/[\s"\']/', $value) ? null : [$key, $value];
    }

    /** @return array<string, string> */
    private static function file(string $path): array
    {
        $text = is_file($path) ? (string) @file_get_contents($path, false, null, 0, self::LARGEST) : '';
        $values = [];
        foreach (self::lines($text) as $line) {
            $pair = self::pair($line);
            if ($pair !== null) {
                $values[$pair[0]] = $pair[1];
            }
        }
        return $values;
    }

    /**
     * Lines of $text that are no comments.
     *
     * @return list<string>
     */
    public static function lines(string $text): array
    {
        $text = str_starts_with($text, "\u{FEFF}") ? substr($text, 3) : $text;
        return array_values(preg_grep('/^\s*(?:[#;]|\z)/', explode("\n", $text), PREG_GREP_INVERT) ?: []);
    }
}
