<?php

declare(strict_types=1);

namespace Uma;

/** Paths on the server. Only tests set UMA_ROOT, which is then the root of all paths. */
final class Host
{
    public const SETTINGS = '/boot/config/plugins/uma/uma.cfg';
    public const MQTT_PASSWORD = '/boot/config/plugins/uma/mqtt-password';
    public const TOKEN = '/boot/config/plugins/uma/token-sha256';
    public const LAYOUT = '/boot/config/plugins/uma/ui.json';
    public const NOTICE = '/var/run/uma.json';
    public const SERVICE = '/etc/rc.d/rc.uma';
    public const COMMAND = '/usr/local/uma/bin/uma';

    public static function path(string $path): string
    {
        return (getenv('UMA_ROOT') ?: '') . $path;
    }

    /** Write $text to $path atomically, readable by root only. The flash drive's file system has no modes. */
    public static function write(string $path, string $text): void
    {
        $folder = dirname($path);
        if (!is_dir($folder) && !mkdir($folder, 0700, true) && !is_dir($folder)) {
            throw new \RuntimeException("folder $folder not found");
        }
        // Only in that folder: tempnam() would fall back to /tmp, where a secret would stay.
        $new = "$path.new";
        @unlink($new);
        $umask = umask(0077);
        try {
            $file = @fopen($new, 'x');
            $isWritten = $file !== false && @fwrite($file, $text) === strlen($text) && fflush($file) && fsync($file);
            if ($file !== false && !fclose($file)) {
                $isWritten = false;
            }
            if (!$isWritten || !@rename($new, $path)) {
                throw new \RuntimeException("$path can't be written: is the flash drive full or read-only?");
            }
        } finally {
            umask($umask);
            if (file_exists($new)) {
                @unlink($new);
            }
        }
    }
}
