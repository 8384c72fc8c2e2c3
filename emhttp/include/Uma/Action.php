<?php

declare(strict_types=1);

namespace Uma;

/** Actions of the settings page's buttons. */
final class Action
{
    private const TOKEN_BYTES = 32;

    public static function answer(string $method, mixed $action): Answer
    {
        if ($method !== 'POST') {
            return Answer::problem(405, 'Method Not Allowed', 'actions are posted');
        }
        try {
            return match ($action) {
                'start', 'stop', 'restart' => self::service($action),
                'make-token' => self::makeToken(),
                'remove-token' => self::removeToken(),
                'diagnostics' => self::diagnostics(),
                'save-page' => self::saveLayout(),
                'test-broker' => BrokerTest::answer($_POST),
                default => Answer::problem(400, 'Bad Request', 'unknown action'),
            };
        } catch (\InvalidArgumentException $error) {
            return Answer::problem(400, 'Bad Request', $error->getMessage());
        } catch (\RuntimeException $error) {
            return Answer::problem(500, 'Internal Server Error', $error->getMessage());
        }
    }

    private static function service(string $action): Answer
    {
        exec(escapeshellarg(Host::path(Host::SERVICE)) . " $action </dev/null 2>&1", $lines, $code);
        $said = implode(' ', array_map('trim', array_slice($lines, 1)));
        if ($code !== 0) {
            return Answer::problem(500, 'Internal Server Error', $said ?: 'rc.uma can\'t be run');
        }
        return Answer::json(200, ['said' => $said]);
    }

    private static function makeToken(): Answer
    {
        $token = rtrim(strtr(base64_encode(random_bytes(self::TOKEN_BYTES)), '+/', '-_'), '=');
        Token::set($token);
        Config::putInForce();
        return Answer::json(200, ['token' => $token]);
    }

    private static function removeToken(): Answer
    {
        Token::remove();
        Config::putInForce();
        return Answer::json(200, []);
    }

    private static function saveLayout(): Answer
    {
        $page = $_POST['page'] ?? '';
        Layout::write(is_string($page) ? $page : '');
        return Answer::json(200, []);
    }

    private static function diagnostics(): Answer
    {
        $name = 'uma-diagnostics-' . date('Ymd-His') . '.zip';
        $file = sys_get_temp_dir() . '/' . bin2hex(random_bytes(8)) . "-$name";
        $command = escapeshellarg(Host::path(Host::COMMAND)) . ' diagnostics ' . escapeshellarg($file);
        exec("$command </dev/null 2>&1", $lines, $code);
        $zip = is_file($file) ? file_get_contents($file) : false;
        @unlink($file);
        if ($code !== 0 || $zip === false) {
            return Answer::problem(500, 'Internal Server Error', implode(' ', $lines) ?: 'uma can\'t be run');
        }
        header("Content-Disposition: attachment; filename=\"$name\"");
        return new Answer(200, $zip, 'application/zip');
    }
}
