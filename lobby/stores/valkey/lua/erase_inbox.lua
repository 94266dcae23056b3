-- Puts other texts in place of events in the inbox of a player. ARGV: player, then for each entry its id, the event that it must have,
-- the new event. Returns: OK. An entry that is gone is left out. A repeated call does nothing.

local name = key('inbox', ARGV[1])
local texts, has_old = {}, false
for at = 2, #ARGV, 3 do texts[ARGV[at]] = {ARGV[at + 1], ARGV[at + 2]} end
local entries = redis.call('XRANGE', name, '-', '+')
for _, entry in ipairs(entries) do
    local change = texts[entry[1]]
    for i = 1, change and #entry[2] or 0, 2 do
        if entry[2][i] == 'e' and entry[2][i + 1] == change[1] then
            entry[2][i + 1], has_old = change[2], true
        end
    end
end
if not has_old then return 'OK' end
local ttl = redis.call('PTTL', name)
redis.call('DEL', name)
for _, entry in ipairs(entries) do redis.call('XADD', name, entry[1], unpack(entry[2])) end
if ttl > 0 then redis.call('PEXPIRE', name, ttl) end
return 'OK'
