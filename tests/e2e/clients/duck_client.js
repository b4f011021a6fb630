// DuckDB's Node client: duck_client.js WAY FOLDER-OF-MODULES DATABASE
const [way, modules, path] = process.argv.slice(2);
const { DuckDBInstance } = require(modules + '/node_modules/@duckdb/node-api');

const LIT = 'SELECT ip FROM user_ip_log WHERE user_id = 1';

(async () => {
  const db = await DuckDBInstance.create(path);
  const c = await db.connect();
  if (way === 'setup') {
    for (const sql of require('fs').readFileSync(0, 'utf8').split(';')) if (sql.trim()) await c.run(sql);
  }
  if (way === 'hold') {
    console.log('ready');
    require('fs').readFileSync(0);
  }
  for (let i = 0; i < 3; i++) {
    if (way === 'run') await (await c.run(LIT)).getRows();
    if (way === 'params') await (await c.run('SELECT ip FROM user_ip_log WHERE user_id = $1', [1])).getRows();
    if (way === 'values') await (await c.run('SELECT ip FROM user_ip_log WHERE user_id = $1 AND ip <> $2 AND 2.5 = $3', [1n, 'none', 2.5])).getRows();
    if (way === 'two') {
      const all = await c.extractStatements('SELECT name FROM users; SELECT ip FROM user_ip_log WHERE user_id = $1');
      const first = await all.prepare(0), st = await all.prepare(1);
      st.bindInteger(1, 1);
      await first.run();
      await (await st.run()).getRows();
      st.destroySync();
    }
    if (way === 'stream') await (await c.stream(LIT)).getRows();
    if (way === 'file') await (await c.run("SELECT * FROM read_csv('/etc/passwd', sep=':', header=false)")).getRows();
  }
  if (way === 'prepared') {
    const st = await c.prepare('SELECT ip FROM user_ip_log WHERE user_id = $1');
    for (let i = 0; i < 3; i++) {
      st.bindInteger(1, 1);
      await (await st.run()).getRows();
    }
  }
  c.closeSync();
})();
