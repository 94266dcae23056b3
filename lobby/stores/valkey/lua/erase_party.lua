-- Puts other texts in place of the state of a party and of its log. ARGV: party, the id of the commit that made the state, the id that
-- takes its place (nodes that have cached the state read it again), the state, the row of the public list, then for each entry its id,
-- its commit, the entry and its snapshot (empty: none).
-- Returns: 1, or 0 if the party has changed in the meantime; then nothing was done. A repeated call returns 0 or 1.

local name, log = key('party', ARGV[1]), key('log', ARGV[1])
local now = redis.call('HGET', name, 'n')
if now == ARGV[3] then return 1 end
if now ~= ARGV[2] or redis.call('HEXISTS', name, 'i') == 1 then return 0 end
redis.call('HSET', name, 'n', ARGV[3], 's', ARGV[4])
redis.call('DEL', log)
for at = 6, #ARGV, 4 do
    if ARGV[at + 3] == '' then
        redis.call('XADD', log, ARGV[at], 'c', ARGV[at + 1], 'e', ARGV[at + 2])
    else
        redis.call('XADD', log, ARGV[at], 'c', ARGV[at + 1], 'e', ARGV[at + 2], 'p', ARGV[at + 3])
    end
end
local had = redis.call('HMGET', name, 'o', 'r')
write_row({id = ARGV[1], row = ARGV[5]}, ARGV[3], had[1], had[2])
return 1
