-- Replaces a claim. ARGV: its key without the name of the partition, the text that it must have, the new text (empty: remove
-- it), when the new one expires (ms; 0: never), when the call began (ms).
-- Returns: 1, or 0 if it has another text. Nothing happens if the call comes too late: a player who has come back to a party of
-- which this server has lost the newest entries may have a claim with the text of an earlier one.

local name = base .. ':' .. ARGV[1]
if is_late(tonumber(ARGV[5])) or redis.call('GET', name) ~= ARGV[2] then return 0 end
if ARGV[3] == '' then
    redis.call('DEL', name)
    redis.call('ZREM', expiry, ARGV[1])
else
    redis.call('SET', name, ARGV[3])
    if ARGV[4] ~= '0' then redis.call('ZADD', expiry, ARGV[4], ARGV[1]) end
end
return 1
