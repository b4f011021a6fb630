# Ruby's drivers, one way of calling per run: ruby_client.rb DRIVER WAY [TARGET]. Each way reads user_ip_log three times, but for the cursor.
LIT = 'SELECT ip FROM user_ip_log WHERE user_id = 1'.freeze
BOUND = 'SELECT ip FROM user_ip_log WHERE user_id = ?'.freeze
NUMBERED = 'SELECT ip FROM user_ip_log WHERE user_id = $1'.freeze
driver, way, target = ARGV

def enough(rows)
  raise "#{rows} rows" unless rows == 4
end

def pg(way)
  require 'pg'
  c = PG.connect
  case way
  when 'simple' then 3.times { enough(c.exec(LIT).ntuples) }
  when 'params' then 3.times { enough(c.exec_params(NUMBERED, [1]).ntuples) }
  when 'prepared'
    c.prepare('q', NUMBERED)
    3.times { enough(c.exec_prepared('q', [1]).ntuples) }
  when 'single'
    3.times do
      c.send_query(LIT)
      c.set_single_row_mode
      rows = 0
      while (result = c.get_result)
        rows += result.ntuples
        result.clear
      end
      enough(rows)
    end
  when 'cursor'
    c.transaction do
      c.exec("DECLARE c CURSOR FOR #{LIT}")
      enough(3.times.sum { c.exec('FETCH 2 FROM c').ntuples })
      c.exec('CLOSE c')
    end
  when 'copy_out'
    3.times do
      rows = 0
      c.copy_data('COPY user_ip_log TO STDOUT') { rows += 1 while c.get_copy_data }
      raise "#{rows} rows" unless rows == 5
    end
  when 'copy_in'
    3.times { c.copy_data('COPY contacts FROM STDIN') { 2.times { |i| c.put_copy_data("8\t#{i}\n") } } }
  end
  c.close
end

# A socket's path, or host:port, with :tls.
def where(target)
  return { socket: target } if target.start_with?('/')

  host, port, tls = target.split(':')
  { host: host, port: port.to_i, **(tls ? { sslcipher: 'DEFAULT' } : {}) }
end

def mysql2(way, target)
  require 'mysql2'
  c = Mysql2::Client.new(username: 'root', database: 'social', **where(target))
  case way
  when 'simple' then 3.times { enough(c.query(LIT).count) }
  when 'stream'
    3.times do
      rows = 0
      c.query(LIT, stream: true, cache_rows: false).each { rows += 1 }
      enough(rows)
    end
  when 'prepared'
    st = c.prepare(BOUND)
    3.times { enough(st.execute(1).count) }
    st.close
  end
  c.close
end

def sqlite3(way, target)
  require 'sqlite3'
  c = SQLite3::Database.new(target)
  case way
  when 'simple' then 3.times { enough(c.execute(LIT).length) }
  when 'params' then 3.times { enough(c.execute(BOUND, [1]).length) }
  when 'prepared'
    c.prepare(BOUND) { |st| 3.times { enough(st.execute(1).count) } }
  when 'batch' then c.execute_batch("#{LIT}; SELECT name FROM users WHERE id = 2; #{LIT}")
  end
  c.close
end

case driver
when 'pg' then pg(way)
when 'mysql2' then mysql2(way, target)
when 'sqlite3' then sqlite3(way, target)
end
