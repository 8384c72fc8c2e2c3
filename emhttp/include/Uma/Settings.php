<?php

declare(strict_types=1);

namespace Uma;

/** The form as a table: every key of uma.cfg that a person sets here, in the order of the page. */
final class Settings
{
    /** A host name, maybe with scheme and port, as the daemon takes it. */
    private const ORIGIN = '(?:[A-Za-z][A-Za-z0-9+.\-]*:\/\/)?'
        . '(?:\[[0-9A-Fa-f:.]+\]|[^\s\[\]@:\/?#\\\\%*]+)(?::[0-9]{1,5})?\/?';

    /**
     * Keys that have no row, and why.
     */
    public const ELSEWHERE = [
        'TOKEN_SHA256' => 'made by its button, which shows the token once; only the hash is stored',
    ];

    /** @return array<string, list<Setting>>  rows by the section's title */
    public static function sections(): array
    {
        return [
            'Service' => self::service(),
            'Streams' => self::streams(),
            'Access' => self::access(),
            'MQTT' => self::mqtt(),
        ];
    }

    /** @return array<string, Setting> */
    public static function byKey(): array
    {
        $settings = [];
        foreach (array_merge(...array_values(self::sections())) as $setting) {
            $settings[$setting->key] = $setting;
        }
        return $settings;
    }

    /** @return list<Setting> */
    private static function service(): array
    {
        return [
            Setting::choice(
                'SERVICE',
                'Run UMA',
                ['enable' => 'Yes', 'disable' => 'No'],
                'With No the server does not start it, and stops it now. It needs no array: it starts with the server.'
            ),
            Setting::addresses(
                'BIND',
                'Listen on',
                'The addresses at which UMA can be reached, with blanks between. 0.0.0.0 is every IPv4 address of this '
                . 'server, * every one of IPv6 as well, 127.0.0.1 none but the server itself. The pages here need none '
                . 'of them: they go through the webGUI.'
            ),
            Setting::number(
                'PORT',
                'Port',
                1,
                65535,
                'Programs and other pages find UMA at this port. Those that are connected connect anew when it changes.'
            ),
            Setting::choice(
                'LOG_LEVEL',
                'Log',
                ['debug' => 'Debug', 'info' => 'Info', 'warning' => 'Warning', 'error' => 'Error'],
                'The least that goes to the system log: Info tells of starts, stops and changes, Debug of much more.'
            ),
        ];
    }

    /** @return list<Setting> */
    private static function streams(): array
    {
        return [
            Setting::yesNo(
                'SYSTEM_STATS',
                'System statistics',
                'CPU, memory, load, and what disks and network move.'
            ),
            Setting::number(
                'STATS_INTERVAL',
                'System interval (seconds)',
                1,
                3600,
                'The time between two messages about the system. An hour of them is kept for charts.'
            ),
            Setting::yesNo(
                'STORAGE_STATUS',
                'Storage status',
                'The array, its disks, pools and parity operation.'
            ),
            Setting::number(
                'STORAGE_INTERVAL',
                'Storage interval (seconds)',
                5,
                3600,
                'The time between two messages about storage while nothing changes; a change is told within a second, '
                . 'and a parity operation every 5 seconds. No disk is woken.'
            ),
            Setting::choice(
                'SMART',
                'SMART data',
                ['cached' => 'As Unraid has read it', 'query' => 'Ask the drives', 'off' => 'Off'],
                'UMA reads what Unraid itself has read of each drive. It can ask the drives as well; those that sleep '
                . 'are left alone either way.'
            ),
            Setting::yesNo(
                'DOCKER_EVENTS',
                'Docker events',
                'What happens to containers: started, stopped, unhealthy.'
            ),
            Setting::yesNo(
                'EXEC_EVENTS',
                'Events of exec, top and attach',
                'Health checks make them by the thousand.'
            ),
        ];
    }

    /** @return list<Setting> */
    private static function access(): array
    {
        return [
            Setting::yesNo(
                'WEBGUI',
                'Show UMA in the webGUI',
                'Hands each message to the webGUI, which the tab and the tile on the Dashboard live on.'
            ),
            Setting::yesNo(
                'CONTROL',
                'Control containers',
                'Who sends the token may then start, stop and restart containers. Without a token nobody may.'
            ),
            Setting::yesNo(
                'METRICS',
                'Prometheus metrics',
                'At /metrics of the port above.'
            ),
            Setting::number(
                'MAX_CONNECTIONS',
                'Connections',
                1,
                1000,
                'How many clients may be connected to each stream at once; one more is refused.'
            ),
            Setting::text(
                'ALLOWED_ORIGINS',
                'Allowed names',
                ' *(?:' . self::ORIGIN . '(?: +' . self::ORIGIN . ')* *)?',
                'host names or scheme://host, with blanks between',
                'Web pages of this server and of the local network may read UMA, those of other names may not unless '
                . 'they are listed here, such as the name of a reverse proxy: dash.example.com'
            ),
        ];
    }

    /** @return list<Setting> */
    private static function mqtt(): array
    {
        return [
            Setting::text(
                'MQTT_HOST',
                'Broker',
                '[A-Za-z0-9_][A-Za-z0-9_.\-]{0,252}|[0-9A-Fa-f:.]+|',
                'a host name or an IP address',
                'Messages are published to this MQTT broker as well, by name or IP address. Empty: to none.'
            ),
            Setting::number('MQTT_PORT', 'Port', 1, 65535, '1883, or mostly 8883 with TLS.'),
            Setting::yesNo('MQTT_TLS', 'TLS', 'Encrypts, and checks that the broker is the one that it should be.'),
            Setting::text(
                'MQTT_CA_FILE',
                'Authorities',
                '(?:\/.*)?',
                'the whole path of a file',
                'A file of the authorities that the broker\'s certificate may be from. Empty: the system\'s.'
            ),
            Setting::text(
                'MQTT_USER',
                'User',
                '.*',
                'a name',
                'The name that UMA has at the broker. Empty: none.'
            ),
            Setting::text(
                'MQTT_PREFIX',
                'Prefix',
                '(?=.{1,64}$)[A-Za-z0-9_.\-]+(?:\/[A-Za-z0-9_.\-]+)*',
                'letters, digits and _.-, with / between levels',
                'What each topic begins with.'
            ),
            Setting::text(
                'MQTT_DISCOVERY_PREFIX',
                'Discovery prefix',
                '(?=.{1,64}$)[A-Za-z0-9_.\-]+(?:\/[A-Za-z0-9_.\-]+)*',
                'letters, digits and _.-, with / between levels',
                'Where Home Assistant looks for devices: the discovery prefix of its MQTT integration.'
            ),
        ];
    }
}
