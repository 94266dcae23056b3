-- Does not count the latest attempt, because it succeeded. ARGV: the name of the counter, an id of this call, how long an attempt
-- counts (ms), when the call began (ms). A repeated call does nothing, and so does one that comes when no attempt of before it
-- counts any more.

local mark, window = base .. ':refunded:' .. ARGV[2], tonumber(ARGV[3])
if server_ms() - tonumber(ARGV[4]) > window then return 0 end
if not redis.call('SET', mark, 1, 'NX', 'PX', 2 * window) then return 0 end
local attempt = redis.call('ZPOPMAX', base .. ':attempts:' .. ARGV[1])
if not attempt[1] then return 0 end
redis.call('SET', base .. ':refunded:' .. attempt[1], 1, 'PX', 2 * window)
return 1
