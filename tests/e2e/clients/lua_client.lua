-- LuaSQL, one way of calling per run: lua_client.lua DRIVER WAY [TARGET]. Each way reads user_ip_log three times. LuaSQL binds nothing.
local LIT = "SELECT ip FROM user_ip_log WHERE user_id = 1"
local driver, way, target = arg[1], arg[2], arg[3]
local env = assert(require("luasql." .. driver)[driver]())

-- A socket's path, or host:port. LuaSQL knows no TLS.
local function connect()
  if driver == "postgres" then
    return env:connect("")
  elseif driver == "sqlite3" then
    return env:connect(target)
  elseif target:sub(1, 1) == "/" then
    return env:connect("social", "root", nil, nil, nil, target)
  end
  local host, port = target:match("^(.*):(%d+)$")
  return env:connect("social", "root", nil, host, tonumber(port))
end

local c = assert(connect())
if way == "transaction" then
  c:setautocommit(false)
end
for _ = 1, 3 do
  if way == "update" then
    assert(c:execute("UPDATE user_ip_log SET ip = ip WHERE user_id = 1"))
  else
    local rows, cursor = 0, assert(c:execute(LIT))
    while cursor:fetch() do
      rows = rows + 1
    end
    cursor:close()
    assert(rows == 4, rows)
  end
end
if way == "transaction" then
  c:commit()
end
c:close()
env:close()
