<?php
// PHP's extensions, one way of calling per run: php_client.php EXTENSION WAY [TARGET]. Each way reads user_ip_log three times, but for the cursor.
const LIT = 'SELECT ip FROM user_ip_log WHERE user_id = 1';
const BOUND = 'SELECT ip FROM user_ip_log WHERE user_id = ?';
const NUMBERED = 'SELECT ip FROM user_ip_log WHERE user_id = $1';
const TIMES = [1, 2, 3];

function enough($rows, $want = 4)
{
    if ($rows != $want)
        throw new Exception("$rows rows");
}

function pgsql_client($way)
{
    $c = pg_connect('');
    if ($way == 'prepared')
        pg_prepare($c, 'q', NUMBERED);
    if ($way == 'cursor') {
        pg_query($c, 'BEGIN');
        pg_query($c, 'DECLARE c CURSOR FOR ' . LIT);
        enough(array_sum(array_map(fn($i) => pg_num_rows(pg_query($c, 'FETCH 2 FROM c')), TIMES)));
        pg_query($c, 'CLOSE c');
        pg_query($c, 'COMMIT');
    }
    $ways = [
        'simple' => fn() => enough(pg_num_rows(pg_query($c, LIT))),
        'params' => fn() => enough(pg_num_rows(pg_query_params($c, NUMBERED, [1]))),
        'prepared' => fn() => enough(pg_num_rows(pg_execute($c, 'q', [1]))),
        'async' => fn() => pg_send_query($c, LIT) && enough(pg_num_rows(pg_get_result($c))),
        'copy_out' => fn() => enough(count(pg_copy_to($c, 'user_ip_log')), 5),
        'copy_in' => fn() => pg_copy_from($c, 'contacts', ["8\t1\n", "8\t2\n"]),
        'select' => fn() => enough(count(pg_select($c, 'user_ip_log', ['user_id' => 1]))),
        'cursor' => fn() => true,
    ];
    foreach (TIMES as $i)
        $ways[$way]();
    pg_close($c);
}

function pdo_client($source, $way)
{
    $c = new PDO($source, str_starts_with($source, 'mysql') ? 'root' : null, null,
        [PDO::ATTR_ERRMODE => PDO::ERRMODE_EXCEPTION, PDO::ATTR_EMULATE_PREPARES => $way == 'emulated']);
    if ($way == 'prepared' || $way == 'emulated')
        $st = $c->prepare(BOUND);
    foreach (TIMES as $i) {
        if ($way == 'simple')
            enough(count($c->query(LIT)->fetchAll()));
        elseif ($way == 'exec')
            $c->exec('UPDATE user_ip_log SET ip = ip WHERE user_id = 1');
        elseif ($way == 'copy_out')
            enough(count($c->pgsqlCopyToArray('user_ip_log')), 5);
        elseif ($way == 'cursor') {
            $st = $c->prepare(BOUND, [PDO::ATTR_CURSOR => PDO::CURSOR_SCROLL]);
            $st->execute([1]);
            for ($n = 0; $st->fetch(PDO::FETCH_NUM, PDO::FETCH_ORI_NEXT); $n++);
            enough($n);
        } else {
            $st->bindValue(1, 1, PDO::PARAM_INT);
            $st->execute();
            for ($n = 0; $st->fetch(); $n++);
            enough($n);
            $st->closeCursor();
        }
    }
}

function sqlite3_client($way, $path)
{
    $c = new SQLite3($path);
    $c->enableExceptions(true);
    $st = $way == 'prepared' ? $c->prepare(BOUND) : null;
    foreach (TIMES as $i) {
        if ($way == 'exec') {
            $c->exec('UPDATE user_ip_log SET ip = ip WHERE user_id = 1');
            continue;
        } elseif ($way == 'single') {
            $c->querySingle(LIT);
            continue;
        } elseif ($st) {
            $st->bindValue(1, 1, SQLITE3_INTEGER);
            $result = $st->execute();
        } else {
            $result = $c->query(LIT);
        }
        for ($n = 0; $result->fetchArray(); $n++);
        enough($n);
        $result->finalize();
    }
    $c->close();
}

function odbc_client($way, $string)
{
    $c = odbc_connect($string, '', '');
    foreach (TIMES as $i) {
        if ($way == 'prepared') {
            $result = odbc_prepare($c, BOUND);
            odbc_execute($result, [1]) || throw new Exception(odbc_errormsg($c));
        } else {
            $result = odbc_exec($c, LIT);
        }
        for ($n = 0; odbc_fetch_row($result); $n++);
        enough($n);
        odbc_free_result($result);
    }
    odbc_close($c);
}

// A socket's path, or host:port.
function mysqli_client($target)
{
    [$host, $port] = $target[0] == '/' ? [null, null] : explode(':', $target);
    $c = new mysqli($host, 'root', null, 'social', (int)$port, $host ? null : $target);
    foreach (TIMES as $i)
        enough($c->query(LIT)->num_rows);
    $c->close();
}

[, $extension, $way] = $argv;
$target = $argv[3] ?? '';
match ($extension) {
    'pgsql' => pgsql_client($way),
    'pdo_pgsql' => pdo_client('pgsql:', $way),
    'pdo_sqlite' => pdo_client("sqlite:$target", $way),
    'pdo_odbc' => pdo_client("odbc:$target", $way),
    'pdo_mysql' => pdo_client("mysql:dbname=social;unix_socket=$target", $way),
    'sqlite3' => sqlite3_client($way, $target),
    'odbc' => odbc_client($way, $target),
    'mysqli' => mysqli_client($target),
};
