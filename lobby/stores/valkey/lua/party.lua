-- Checks and writes one party in its partition. Comes between common.lua and a script.
--
-- party:<id>  hash: v version, n id of the commit that made the state, s state, m deadlines (rising, separated by commas), o
-- serial,
--             r row of the public list, q row of the index of searches, z 1 once closed, i intent: a change that the commit of another party decides on
-- log:<id>    stream: <seq>-0 -> c commit id, e entry, p snapshot of the party (in some entries)
--
-- run:<id>    hash: j a saved run, d the data of its checkpoint. runs: set of the ids of all
--
-- unsent: sorted set of the parties with entries that were not sent to the webhook, by the time when the next one may be sent.
-- unsent-since: the same by the time when it was written. sent:<party>: the seq of the newest entry
-- that was sent, and when a replay was last asked for (ms; 0: never)
--
-- `change` is a PartyUpdate of commit_plan.py. Its field `nonce` is a commit id, and `place` of a session is the list that it is
-- on.

local NEWS_MAX = 20000 -- changes of the public list that are kept. A node that has missed more reads the whole list
local SLACK = 32       -- a log is cut before a snapshot, so it may be this much longer than necessary

local news = base .. ':news'
local list = base .. ':list'
local long = base .. ':long'
local live_parties = base .. ':live-parties' -- sorted set of all live parties by serial, for operators

local function arm(party_id, moments)
    local first = string.match(moments, '^%d+')
    if first then
        redis.call('ZADD', deadlines, first, party_id)
    else
        redis.call('ZREM', deadlines, party_id)
    end
end

local function conflict(party_id)
    local have = redis.call('HMGET', key('party', party_id), 'v', 'n', 's')
    return {'conflict', party_id, have[1] or '0', have[2] or '', have[3] or ''}
end

-- The reply if `change` can't be made; nil: it can. 'done': it was made already, and the reply to that call was lost.
local function check_change(change, commit_id)
    local have = redis.call('HMGET', key('party', change.id), 'v', 'n', 'z', 'i')
    local version = tonumber(have[1] or '0')
    if version >= change.after and commit_of(change.id, change.after) == commit_id then return {'done'} end
    if have[4] then
        local intent = cjson.decode(have[4])
        if intent.id ~= commit_id then return {'locked', change.id, have[4]} end
    end
    if version ~= change.before or (have[2] or '') ~= change.nonce or have[3] then return conflict(change.id) end
    return nil
end

-- The id of the commit that made change `number` of the public list. Empty: it is no longer kept, or of an older version.
local function commit_of_change(number)
    local found = redis.call('XRANGE', news, number .. '-0', number .. '-0')
    return found[1] and found[1][2][8] or ''
end

-- `serial` and `shown`: o and r of the party.
local function write_row(change, commit_id, serial, shown)
    if (shown or '') == change.row then return end
    local count = redis.call('INCR', base .. ':news-count')
    redis.call('HSET', key('party', change.id), 'r', change.row)
    redis.call('XADD', news, 'MAXLEN', '~', NEWS_MAX, count .. '-0', 'p', change.id, 'o', serial, 'r', change.row, 'c', commit_id)
    if change.row == '' then
        redis.call('ZREM', list, change.id)
    else
        redis.call('ZADD', list, serial, change.id)
    end
end

-- searches: sorted set of the parties that search, by the number of the latest change. searches-ended: of those that do not any
-- more. The newest SEARCHES_ENDED_MAX of these are kept, so that readers hear of them; searches-trimmed: the number of the last one
-- that was dropped. q in party:<id> is the search.
local SEARCHES_ENDED_MAX = 20000

-- `shown`: q of the party.
local function write_search(change, shown)
    if not change.search then return end -- the plan of an older node
    if (shown or '') == change.search then return end
    local name = key('party', change.id)
    local count = redis.call('INCR', base .. ':searches-count')
    local searching, ended = base .. ':searches', base .. ':searches-ended'
    if change.search ~= '' then
        redis.call('HSET', name, 'q', change.search)
        redis.call('ZADD', searching, count, change.id)
        redis.call('ZREM', ended, change.id)
        return
    end
    redis.call('HDEL', name, 'q')
    redis.call('ZREM', searching, change.id)
    redis.call('ZADD', ended, count, change.id)
    if redis.call('ZCARD', ended) > SEARCHES_ENDED_MAX then
        redis.call('SET', base .. ':searches-trimmed', redis.call('ZPOPMIN', ended)[2])
    end
end

local function write_session(change, session)
    local name = key('session', session.id)
    local old = redis.call('HGET', name, 'l')
    if old then redis.call('ZREM', base .. ':sessions:' .. old, session.id) end
    if session.place == '' then
        redis.call('DEL', name)
        redis.call('ZREM', key('sessions-of', change.id), session.id)
        return
    end
    redis.call('HSET', name, 'l', session.place, 'j', session.text, 'p', change.id)
    redis.call('ZADD', base .. ':sessions:' .. session.place, session.created_at, session.id)
    redis.call('ZADD', key('sessions-of', change.id), session.created_at, session.id)
    if session.expires_at > 0 then redis.call('ZADD', expiry, session.expires_at, 'session:' .. session.id) end
end

-- `run` is a RunRow. Its data is null if the checkpoint stays.
local function write_run(run)
    local name = key('run', run.id)
    redis.call('HSET', name, 'j', run.text)
    if run.data ~= cjson.null then redis.call('HSET', name, 'd', run.data) end
    redis.call('SADD', base .. ':runs', run.id)
    if run.expires_at > 0 then redis.call('ZADD', expiry, run.expires_at, 'run:' .. run.id) end
end

-- Moves all sessions of a party to the lists of its new visibility: 1 public, 0 private, the first character of a list's name.
local function turn_sessions(change)
    for _, id in ipairs(redis.call('ZRANGE', key('sessions-of', change.id), 0, -1, 'WITHSCORES')) do
        local name = key('session', id)
        local old = redis.call('HGET', name, 'l')
        if old then
            local score = redis.call('ZSCORE', base .. ':sessions:' .. old, id)
            local new = change.visibility .. string.sub(old, 2)
            redis.call('ZREM', base .. ':sessions:' .. old, id)
            redis.call('ZADD', base .. ':sessions:' .. new, score, id)
            redis.call('HSET', name, 'l', new)
        end
    end
end

local function note_unsent(change)
    if redis.call('ZADD', base .. ':unsent', 'NX', change.at, change.id) == 1 then
        redis.call('ZADD', base .. ':unsent-since', change.at, change.id)
        redis.call('SET', key('sent', change.id), change.before .. ' 0')
    end
end

-- `blobs` returns one after the other: the state, then for each entry the entry and its snapshot (empty: none).
local function write_party(change, commit_id, blobs)
    local name, log = key('party', change.id), key('log', change.id)
    local had = redis.call('HMGET', name, 'o', 'r', 'q', 'b')
    local serial, log_bytes = had[1], tonumber(had[4] or '0')
    if change.before == 0 then
        serial = change.serial
        if serial == 0 then serial = redis.call('INCR', base .. ':serials') end
        redis.call('HSET', name, 'o', serial)
        redis.call('INCR', base .. ':live')
    end
    local state = blobs()
    for seq = change.before + 1, change.after do
        local entry, snapshot = blobs(), blobs()
        log_bytes = log_bytes + #entry + #snapshot
        if snapshot == '' then
            redis.call('XADD', log, seq .. '-0', 'c', commit_id, 'e', entry)
        else
            redis.call('XADD', log, seq .. '-0', 'c', commit_id, 'e', entry, 'p', snapshot)
        end
    end
    redis.call('HSET', name, 'v', change.after, 'n', commit_id, 's', state, 'm', change.moments, 'b', log_bytes)
    if log_bytes > change.log_bytes_max then redis.call('ZADD', long, change.at, change.id) end
    if change.after >= change.entries_min + SLACK then redis.call('ZADD', long, 'NX', change.at + change.log_ms, change.id) end
    arm(change.id, change.moments)
    -- A node of an older version, and a store of before, have no such set: so each change of a party adds it.
    if not change.closed then redis.call('ZADD', live_parties, 'NX', serial, change.id) end
    if change.closed then
        redis.call('ZREM', live_parties, change.id)
        redis.call('HSET', name, 'z', 1)
        redis.call('DECR', base .. ':live')
        redis.call('ZADD', expiry, change.at + change.log_ms, 'party:' .. change.id)
    end
    write_row(change, commit_id, serial, had[2])
    write_search(change, had[3])
    if change.sends_events then note_unsent(change) end -- plans of older nodes lack it
    for _, session in ipairs(change.sessions) do write_session(change, session) end
    for _, run in ipairs(change.runs or {}) do write_run(run) end
    if change.visibility ~= '' then turn_sessions(change) end
end
