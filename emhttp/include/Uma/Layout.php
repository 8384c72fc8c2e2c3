<?php

declare(strict_types=1);

namespace Uma;

/** The user's layout of the dashboard, for all browsers: JSON that the page writes and reads. */
final class Layout
{
    private const LARGEST = 16384;

    /** As JSON; an empty object if there is none, or it is unreadable. */
    public static function read(): string
    {
        $path = Host::path(Host::LAYOUT);
        $text = is_file($path) ? (string) @file_get_contents($path, false, null, 0, self::LARGEST + 1) : '';
        return self::isLayout($text) ? $text : '{}';
    }

    /** Store $text. Throws InvalidArgumentException if it is not a layout. */
    public static function write(string $text): void
    {
        if (!self::isLayout($text)) {
            throw new \InvalidArgumentException('a layout is a JSON object of at most ' . self::LARGEST . ' bytes');
        }
        // Written only after a change, to spare the flash drive.
        if (self::read() !== $text) {
            Host::write(Host::path(Host::LAYOUT), $text);
        }
    }

    private static function isLayout(string $text): bool
    {
        return strlen($text) <= self::LARGEST && str_starts_with($text, '{') && is_array(json_decode($text, true, 8));
    }
}
