<?php

declare(strict_types=1);

namespace Uma;

/** The hash of the token, in its own file: uma.cfg has other writers, each of which can damage it. */
final class Token
{
    public const SET = 'set';
    public const NONE = 'none';
    public const DAMAGED = 'damaged';

    /** The daemon's reading of it: without a hash in the file, access is refused. */
    public static function state(): string
    {
        $path = Host::path(Host::TOKEN);
        $isThere = file_exists($path);
        $hash = $isThere ? trim((string) @file_get_contents($path, false, null, 0, 4096)) : self::inSettings();
        if ($hash === null) {
            return self::NONE;
        }
        return preg_match('/^[0-9a-f]{64}$/iD', $hash) ? self::SET : self::DAMAGED;
    }

    public static function set(string $token): void
    {
        Host::write(Host::path(Host::TOKEN), hash('sha256', $token) . "\n");
        // From now on the file counts. An old hash in uma.cfg has no effect, but would be misleading.
        if (self::inSettings() !== null && Config::fault() === null) {
            Config::set('TOKEN_SHA256', '');
        }
    }

    public static function remove(): void
    {
        if (self::inSettings() !== null) {
            Config::set('TOKEN_SHA256', '');
        }
        $path = Host::path(Host::TOKEN);
        if (file_exists($path) && !unlink($path)) {
            throw new \RuntimeException("$path can't be removed");
        }
    }

    /** Keep the hash of uma.cfg when that file is about to be rewritten with the defaults. */
    public static function keep(): void
    {
        $hash = self::inSettings();
        if ($hash !== null && !file_exists(Host::path(Host::TOKEN))) {
            Host::write(Host::path(Host::TOKEN), "$hash\n");
        }
    }

    /**
     * The last TOKEN_SHA256 in uma.cfg, even in a damaged file; null if there is none or it is empty. For a line that
     * the daemon can't read, some text other than a hash.
     */
    private static function inSettings(): ?string
    {
        $hash = '';
        foreach (Config::lines(Config::text()) as $line) {
            $pair = Config::pair($line);
            // An empty value without quotes was cut there.
            $isWhole = $pair !== null && ($pair[1] !== '' || preg_match('/["\']/', $line));
            $key = $pair[0] ?? preg_split('/[=\s]+/', $line, 2, PREG_SPLIT_NO_EMPTY)[0] ?? '';
            if ($key === 'TOKEN_SHA256') {
                $hash = $isWhole ? $pair[1] : 'damaged';
            }
        }
        return $hash === '' ? null : $hash;
    }
}
