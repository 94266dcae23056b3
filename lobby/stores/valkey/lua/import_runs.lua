-- Writes saved runs, for a copy. ARGV[1]: a list of runs, see lua/party.lua. A repeated call does the same.

for _, run in ipairs(cjson.decode(ARGV[1])) do write_run(run) end
return 'OK'
