-- Replaces a saved run, but not its checkpoint. ARGV: session, the text that the run must have, the new text (empty: drop the run).
-- Returns: 1, or 0 if it has another text. A repeated call returns 0.

local name = key('run', ARGV[1])
if redis.call('HGET', name, 'j') ~= ARGV[2] then return 0 end
if ARGV[3] == '' then
    redis.call('DEL', name)
    redis.call('SREM', base .. ':runs', ARGV[1])
    redis.call('ZREM', expiry, 'run:' .. ARGV[1])
else
    redis.call('HSET', name, 'j', ARGV[3])
end
return 1
