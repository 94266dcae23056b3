-- Takes or renews a lease. ARGV: its name, the holder, for how long (ms). Returns: 1, or 0 while another holder has it.
-- A late call may keep the lease for a holder that is gone, for no longer than the lease.

local name = key('lease', ARGV[1])
local holder = redis.call('GET', name)
if holder and holder ~= ARGV[2] then return 0 end
redis.call('SET', name, ARGV[2], 'PX', ARGV[3])
return 1
