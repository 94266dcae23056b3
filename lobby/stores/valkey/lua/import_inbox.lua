-- Writes the inbox of a player, for a copy. ARGV: player, its entries as {seq, epoch, at, event}, how long entries are kept (ms).
-- A repeated call does the same.

local name = key('inbox', ARGV[1])
redis.call('DEL', name)
for _, entry in ipairs(cjson.decode(ARGV[2])) do
    redis.call('XADD', name, entry.seq .. '-0', 'o', entry.epoch, 't', entry.at, 'e', entry.event, 'i', 'copy:' .. entry.seq)
end
redis.call('PEXPIRE', name, ARGV[3])
return 'OK'
