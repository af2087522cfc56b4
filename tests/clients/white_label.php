<?php
// A reseller's program, as the white label API's own documentation has such programs: file(), each line trimmed, the
// first one compared with OK. It makes a user with a site and a goal, asks who that is, and prints what it saw.
// Usage: php white_label.php BASE_URL KEY; one JSON object per call.
[, $base, $key] = $argv;

function call(array $parameters, bool $trims = true): array {
    global $base, $key;
    $e = file("$base/api/whitelabel/?" . http_build_query(["auth" => $key] + $parameters));
    if (!$e) {
        fwrite(STDERR, "request failed: " . json_encode($parameters) . "\n");
        exit(1);
    }
    if ($trims) {
        foreach ($e as $number => $line) $e[$number] = trim($line);
    }
    echo json_encode($e), "\n";
    return $e;
}

[, $user] = call(["type" => "user", "username" => "billy", "email" => "billy@example.com"]);
[, $site] = call([
    "type" => "site", "user_id" => $user, "domain" => "awesome-php.com", "nickname" => "Größe & Co",
    "mirrors" => "yahoo-php.com,msn-php.com", "timezone" => "-8", "dst" => "usa",
]);
call(["type" => "goal", "site_id" => $site, "goal" => ["name" => "Signup", "url" => "/signup", "revenue" => "2.50"]]);
call(["type" => "get_username", "user_id" => $user]);
call(["type" => "get_user_id", "username" => "billy@example.com"], false);
call(["type" => "traffic", "site_id" => $site, "date" => "yesterday"]);
call(["type" => "user", "username" => "billy"]);
