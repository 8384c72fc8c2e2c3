<?php
// What surrounds a publishing script of the webGUI (nchan/…), so that it can be run as it is: prepended to it, with the
// functions defined below disabled. Such a script judges the state files, publishes and sleeps, for ever; here sleeping
// goes on to the next case. In the working directory: CASES, a JSON object a line {"name", "zone", "asks"}, and `now`, a
// link to the folder of the case. Prints a JSON object a case: its name, what was published by channel, and the answers
// of the webGUI's own functions to what was asked of them.

final class Stand {
    private static array $cases = [];
    private static int $at = -1;
    public static array $published = [];

    public static function begin(): void {
        foreach (file('CASES') as $line) self::$cases[] = json_decode($line, true, 32, JSON_THROW_ON_ERROR);
        self::next();
    }

    public static function next(): void {
        if (++self::$at === count(self::$cases)) exit(0);
        $case = self::$cases[self::$at];
        self::$published = [];
        symlink("cases/{$case['name']}", 'next');
        rename('next', 'now');
        clearstatcache(true);
        date_default_timezone_set($case['zone']);
        // The script publishes what differs from its last turn.
        foreach (['md5_old', 'spot_old', 'fs_old', 'proc_old'] as $memory) $GLOBALS[$memory] = -1;
    }

    public static function tell(string $script): void {
        $case = self::$cases[self::$at];
        $answers = array_map([self::class, 'answer'], $case['asks'][$script] ?? []);
        echo json_encode(['name' => $case['name'], 'published' => self::$published, 'answers' => $answers], JSON_THROW_ON_ERROR), "\n";
    }

    private static function answer(array $ask): string {
        $function = array_shift($ask);
        // The one that answers in two parts, the second in an argument.
        if ($function === 'my_scale') return my_scale($ask[0], $unit, ...array_slice($ask, 1)) . " $unit";
        ob_start();
        $answer = (string)$function(...$ask);
        return ob_get_clean() . $answer;
    }
}

function publish($channel, $message, ...$rest) {
    Stand::$published[$channel] = $message;
    return '{"subscribers":1}';
}

function publish_noDupe($channel, $message, ...$rest) {
    return publish($channel, $message);
}

function ping($channel) {
}

function sleep(int $seconds): int {
    Stand::tell(basename($_SERVER['SCRIPT_FILENAME']));
    Stand::next();
    return 0;
}

// No program is run: there are no drives to ask, no pools to list, no processes to count.
function exec($command, &$output = null, &$code = null) {
    $output ??= [];
    $code = 127;
    return '';
}

function shell_exec($command) {
    return null;
}

Stand::begin();
