-- Counts live parties, the sessions on some lists, and saved runs. ARGV: the lists, such as 1:WAITING:COOP.

local sessions = 0
for _, place in ipairs(ARGV) do sessions = sessions + redis.call('ZCARD', base .. ':sessions:' .. place) end
return {tonumber(redis.call('GET', base .. ':live') or '0'), sessions, redis.call('SCARD', base .. ':runs')}
