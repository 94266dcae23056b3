-- Writes inboxes. Comes between common.lua and a script.
--
-- inbox:<player>   stream: <seq>-0 -> o epoch, t time (ms), e kind and event, i id of the post. Expires some time after its newest
--                  entry.
-- outbox:<player>  list of posts for an inbox in another partition, the oldest first, until they are delivered
-- outboxes         sorted set of the players with an outbox -> when the oldest post came (ms, by the clock of the servers)
--
-- erased:<digest of a player>   exists for some time after a player was erased: a late call must not bring the inbox back
--
-- A post is {id, at, event}. `keep` says how long entries are kept and how many: {ms, count}.

local OLD_MAX = 8 -- old entries that one new entry removes

local outboxes = base .. ':outboxes'

local function field(entry, name)
    for i = 1, #entry[2], 2 do
        if entry[2][i] == name then return entry[2][i + 1] end
    end
end

local function newest_entry(player)
    return redis.call('XREVRANGE', key('inbox', player), '+', '-', 'COUNT', 1)[1]
end

-- `epoch`: of the inbox if this is its first entry.
local function append_to_inbox(player, post, keep, epoch)
    if redis.call('EXISTS', key('erased', redis.sha1hex(player))) == 1 then return end
    local name, newest, seq = key('inbox', player), newest_entry(player), 0
    if newest and tonumber(field(newest, 't')) <= post.at - keep.ms then
        redis.call('DEL', name)
        newest = nil
    end
    if newest then
        seq, epoch = tonumber(string.match(newest[1], '^%d+')), field(newest, 'o')
    end
    redis.call('XADD', name, 'MAXLEN', keep.count, (seq + 1) .. '-0',
        'o', epoch, 't', post.at, 'e', post.event, 'i', post.id)
    for _ = 1, OLD_MAX do
        local oldest = redis.call('XRANGE', name, '-', '+', 'COUNT', 1)[1]
        if tonumber(field(oldest, 't')) > post.at - keep.ms then break end
        redis.call('XDEL', name, oldest[1])
    end
    redis.call('PEXPIRE', name, keep.ms)
end

local function put_into_outbox(player, post, keep, now)
    local name = key('outbox', player)
    redis.call('RPUSH', name, cjson.encode({id = post.id, at = post.at, event = post.event}))
    redis.call('LTRIM', name, -keep.count, -1)
    redis.call('ZADD', outboxes, 'NX', now, player)
end
