<?php

declare(strict_types=1);

namespace Uma;

/** The submitted form: validated, with surplus blanks removed. */
final class Submission
{
    public const PASSWORD = '#mqtt_password';
    public const FORGET = '#mqtt_forget';

    /**
     * The problems of $post, a sentence each. Without any, a new password has been stored.
     *
     * @param array<mixed> $post
     * @return list<string>
     */
    public static function check(array &$post): array
    {
        $problems = [];
        $settings = Settings::byKey();
        // For the button Default, update.php uses default.cfg's values and none of these.
        $isDefault = isset($post['#default']);
        foreach ($post as $key => $value) {
            $key = (string) $key;
            if (str_starts_with($key, '#')) {
                continue;
            }
            if (!is_string($value) || !isset($settings[$key])) {
                $problems[] = "$key: not a setting of this page";
                continue;
            }
            $post[$key] = trim($value);
            if (!$isDefault && !$settings[$key]->allows($post[$key])) {
                $problems[] = "{$settings[$key]->label}: {$settings[$key]->wanted}";
            }
        }
        $fault = $isDefault ? null : Config::fault();
        if ($fault !== null) {
            $problems[] = $fault;
        }
        if ($problems === []) {
            $problems = self::keepPassword($post) ?: self::keepToken($isDefault);
        }
        unset($post[self::PASSWORD], $post[self::FORGET]);
        return $problems;
    }

    /**
     * Show $problems over the page and keep the input: update.php's own answer would reload the page.
     *
     * @param list<string> $problems
     */
    public static function script(array $problems): string
    {
        $flags = JSON_HEX_TAG | JSON_HEX_AMP | JSON_INVALID_UTF8_SUBSTITUTE | JSON_THROW_ON_ERROR;
        $title = json_encode('Not saved', $flags);
        $text = json_encode(implode("\n", $problems), $flags);
        return "<script>enablePage = function () { parent.umaRefused($title, $text); };</script>";
    }

    /**
     * @param array<mixed> $post
     * @return list<string>
     */
    private static function keepPassword(array $post): array
    {
        $path = Host::path(Host::MQTT_PASSWORD);
        $password = $post[self::PASSWORD] ?? '';
        try {
            if (isset($post[self::FORGET])) {
                if (is_file($path) && !unlink($path)) {
                    return ['the password can\'t be removed'];
                }
            } elseif (!is_string($password) || preg_match('/[\x00-\x1f\x7f]/', $password)) {
                return ['Password: printable characters'];
            } elseif ($password !== '') {
                Host::write($path, $password);
            }
        } catch (\RuntimeException $error) {
            return [$error->getMessage()];
        }
        return [];
    }

    /** @return list<string> */
    private static function keepToken(bool $isDefault): array
    {
        try {
            if ($isDefault) {
                Token::keep();
            }
        } catch (\RuntimeException $error) {
            return [$error->getMessage()];
        }
        return [];
    }
}
