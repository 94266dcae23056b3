-- Writes ended sessions, for a copy. ARGV[1]: a list of {party, session}, see lua/party.lua.

for _, one in ipairs(cjson.decode(ARGV[1])) do write_session({id = one.party}, one.session) end
return 'OK'
