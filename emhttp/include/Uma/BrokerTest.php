<?php

declare(strict_types=1);

namespace Uma;

/** Logs in at the MQTT broker with the form's present values, before they are applied. */
final class BrokerTest
{
    private const KEYS = ['MQTT_HOST', 'MQTT_PORT', 'MQTT_TLS', 'MQTT_CA_FILE', 'MQTT_USER'];

    /** @param array<mixed> $post  the form's fields, and Submission's of the password */
    public static function answer(array $post): Answer
    {
        $settings = Settings::byKey();
        $text = '';
        foreach (self::KEYS as $key) {
            $value = $post[$key] ?? '';
            $value = is_string($value) ? trim($value) : '';
            if (!isset($settings[$key]) || !$settings[$key]->allows($value)) {
                $setting = $settings[$key] ?? null;
                $problem = $setting === null ? "$key is not a setting" : "{$setting->label}: {$setting->wanted}";
                return Answer::problem(400, 'Bad Request', $problem);
            }
            $text .= "$key=\"$value\"\n";
        }
        return self::run($text, self::password($post));
    }

    /**
     * The password to log in with; null for the one that is stored.
     *
     * @param array<mixed> $post
     */
    private static function password(array $post): ?string
    {
        if (isset($post[Submission::FORGET])) {
            return '';
        }
        $password = $post[Submission::PASSWORD] ?? '';
        return is_string($password) && $password !== '' ? $password : null;
    }

    private static function run(string $settings, ?string $password): Answer
    {
        $file = (string) tempnam(sys_get_temp_dir(), 'uma');
        // Through the environment, which other users can't read, and never on the command line.
        $environment = getenv() + ($password === null ? [] : ['UMA_MQTT_PASSWORD' => $password]);
        try {
            file_put_contents($file, $settings);
            $command = [Host::path(Host::COMMAND), 'test-broker', $file];
            $ends = [['file', '/dev/null', 'r'], ['pipe', 'w'], ['redirect', 1]];
            $process = @proc_open($command, $ends, $pipes, null, $environment);
            if ($process === false) {
                return Answer::problem(500, 'Internal Server Error', 'uma can\'t be run');
            }
            $said = trim((string) stream_get_contents($pipes[1]));
            fclose($pipes[1]);
            $isGood = proc_close($process) === 0;
        } finally {
            @unlink($file);
        }
        return Answer::json(200, ['ok' => $isGood, 'said' => $said]);
    }
}
