-- Functions that all scripts use. This file is put in front of each of them.
--
-- KEYS[1] is the name of one partition, such as lobby:{12}. All keys of a script begin with it, so they have the same hash tag
-- and lie
-- in one slot. Scripts must declare their keys for that reason only, and these are too many to declare.

local base = KEYS[1]

local function key(kind, id)
    return base .. ':' .. kind .. ':' .. id
end

local expiry = base .. ':expiry'
local deadlines = base .. ':deadlines'

local function read_plan(text)
    local plan = cjson.decode(text)
    if plan.record == cjson.null then plan.record = nil end
    return plan
end

-- A call may arrive late: over a connection that stalled, or from a node that stood still. What has to be remembered about a
-- commit is kept for twice as long as the commit may take by this server's clock, so the clocks of nodes may be off by minutes.
local COMMIT_MS = 300000
local REMEMBERED_S = 600

local function server_ms()
    local clock = redis.call('TIME')
    return tonumber(clock[1]) * 1000 + math.floor(tonumber(clock[2]) / 1000)
end

-- True if a call that began at `asked_at` (ms, as the node knows this server's time) is refused.
local function is_late(asked_at)
    return server_ms() - asked_at > COMMIT_MS
end

local function is_too_late(plan)
    return plan.claimed_at and is_late(plan.claimed_at)
end

-- A claim is {p: party id, s: seq of the entry that took it} if the party lies in the same partition. If the party lies in
-- another
-- one, only its log can tell whether the claim stands. Then the claim is pending: {p, c: commit id, s, t: ms, o: the claim that
-- it
-- replaced}. A join code that was given up is {p, g: ms, z: 1 if the party closed}.
local function claim_at(name)
    local text = redis.call('GET', name)
    if not text then return nil end
    return cjson.decode(text), text
end

-- The id of the commit that made entry `seq` of a party's log. nil: there is no such entry, or it is no longer kept.
local function commit_of(party_id, seq)
    local found = redis.call('XRANGE', key('log', party_id), seq .. '-0', seq .. '-0')
    if #found == 0 then return nil end
    local fields = found[1][2]
    for i = 1, #fields, 2 do
        if fields[i] == 'c' then return fields[i + 1] end
    end
    return nil
end

-- A player may take a seat who has none, or who gives up the one in `old` in the same commit. A seat in this very party that was
-- left
-- but is not given back yet may be taken too, if it is certain: over a claim that may still fail another one could not be undone.
local function seat_is_free(claim, party_id, old, commit_id)
    return not claim or claim.p == old or claim.c == commit_id or (claim.p == party_id and not claim.c)
end

local function code_is_free(claim, party_id, now, code_ms, commit_id)
    if not claim or claim.c == commit_id then return true end
    if not claim.g then return false end
    return claim.g + code_ms <= now
end

-- Fields that plans of older nodes lack: continuations, continuations_left (with a kind in each; without it: cont), run_hints,
-- invite_hints, invite_hints_left.
--
-- cont:<session>     claim of the party that was opened to continue the saved run of that session
-- ext:<key>          claim of the party with that external key
-- runs-of:<player>   sorted set of "<session> <party>" by time: runs that may be on the list of the player. Only the run itself
--                    says whether it is. It is written before the commit that saves the run stands, so that none is missing.
local RUN_HINTS_MAX = 256

local function write_run_hint(hint)
    local name = key('runs-of', hint.player)
    redis.call('ZADD', name, hint.at, hint.run)
    redis.call('ZREMRANGEBYRANK', name, 0, -RUN_HINTS_MAX - 1)
    redis.call('PEXPIRE', name, hint.keep_ms)
end

-- blocks:<player>      hash: v version of the player's block list, j the list, c id of the call that wrote it
-- block-ids:<player>   set: the players in that list
-- blocked-by:<player>  hash: player who may block this one -> version of the list that does. It is written before that list
local function is_kept_apart(check)
    local own, hints = key('block-ids', check.player), key('blocked-by', check.player)
    for _, id in ipairs(check.blocked) do
        if redis.call('SISMEMBER', own, id) == 1 then return true end
    end
    for _, id in ipairs(check.blockers) do
        if redis.call('HEXISTS', hints, id) == 1 then return true end
    end
    return false
end

-- invites-of:<player>   sorted set of parties by the time when their invite of the player ends. The party itself says whether it has
--                       one. A hint is written before the commit of the invite stands, so that none is missing.
local INVITE_HINTS_MAX = 256

local function write_invite_hint(hint, now)
    local name = key('invites-of', hint.player)
    redis.call('ZREMRANGEBYSCORE', name, '-inf', now - COMMIT_MS)
    redis.call('ZADD', name, 'GT', hint['until'], hint.party)
    redis.call('ZREMRANGEBYRANK', name, 0, -INVITE_HINTS_MAX - 1)
    redis.call('PEXPIRE', name, math.max(1, hint['until'] - now + COMMIT_MS))
end

-- The first claim that is not free, as {kind, name, text}, or {'block', player, ''} if a block keeps the player from the seat.
-- nil: all are free. Plans of older nodes lack block_checks.
local function taken(plan)
    for _, check in ipairs(plan.block_checks or {}) do
        if is_kept_apart(check) then return {'block', check.player, ''} end
    end
    for _, seat in ipairs(plan.seats) do
        local claim, text = claim_at(key('seat', seat.player))
        if not seat_is_free(claim, seat.party, seat.old, plan.id) then
            return {'seat', seat.player, text}
        end
    end
    for _, code in ipairs(plan.codes) do
        local claim, text = claim_at(key('code', code.code))
        if not code_is_free(claim, code.party, plan.now, plan.code_ms, plan.id) then
            return {'code', code.code, text}
        end
    end
    for _, session in ipairs(plan.session_ids) do
        local claim, text = claim_at(key('sid', session.id))
        if claim and claim.c ~= plan.id then
            return {'sid', session.id, text}
        end
    end
    for _, name in ipairs(plan.continuations or {}) do
        local kind = name.kind or 'cont'
        local claim, text = claim_at(key(kind, name.id))
        if claim and claim.c ~= plan.id then
            return {kind, name.id, text}
        end
    end
    if plan.record then
        local claim, text = claim_at(key('once', plan.record.name))
        if claim and claim.c ~= plan.id then
            return {'once', plan.record.name, text}
        end
    end
    return nil
end

-- Writes the claims of `plan`: settled ones, or pending ones, see above.
local function take_claims(plan, pending)
    local function text(party_id, seq, old)
        if not pending then return cjson.encode({p = party_id, s = seq}) end
        if old and old.c == plan.id then old = old.o elseif old then old.o = nil end
        return cjson.encode({p = party_id, c = plan.id, s = seq, t = plan.claimed_at, o = old})
    end
    for _, seat in ipairs(plan.seats) do
        local name = key('seat', seat.player)
        local old = pending and claim_at(name) or nil
        redis.call('SET', name, text(seat.party, seat.seq, old))
    end
    for _, code in ipairs(plan.codes) do
        redis.call('SET', key('code', code.code), text(code.party, code.seq))
        redis.call('ZREM', expiry, 'code:' .. code.code)
    end
    for _, session in ipairs(plan.session_ids) do
        redis.call('SET', key('sid', session.id), text(session.party, session.seq))
    end
    for _, name in ipairs(plan.continuations or {}) do
        redis.call('SET', key(name.kind or 'cont', name.id), text(name.party, name.seq))
    end
    for _, hint in ipairs(plan.run_hints or {}) do write_run_hint(hint) end
    for _, hint in ipairs(plan.invite_hints or {}) do write_invite_hint(hint, plan.now) end
    if plan.record then
        redis.call('SET', key('once', plan.record.name), plan.record.text)
        redis.call('ZADD', expiry, plan.record.expires_at, 'once:' .. plan.record.name)
    end
end

-- Gives back what a commit has given up, if the party still has it.
local function give_back(plan)
    for _, hint in ipairs(plan.invite_hints_left or {}) do
        local name = key('invites-of', hint.player)
        local ends_at = tonumber(redis.call('ZSCORE', name, hint.party) or 'inf')
        if ends_at <= hint['until'] then redis.call('ZREM', name, hint.party) end
    end
    for _, left in ipairs(plan.continuations_left or {}) do
        local name = key(left.kind or 'cont', left.id)
        local claim = claim_at(name)
        if claim and claim.p == left.party then redis.call('DEL', name) end
    end
    for _, seat in ipairs(plan.seats_left) do
        local name = key('seat', seat.player)
        local claim = claim_at(name)
        if claim and claim.p == seat.party and (claim.s or 0) <= seat.seq then redis.call('DEL', name) end
    end
    for _, code in ipairs(plan.codes_left) do
        local name = key('code', code.code)
        local claim = claim_at(name)
        if claim and claim.p == code.party and not claim.g and (claim.s or 0) <= (code.seq or math.huge) then
            redis.call('SET', name, cjson.encode({p = code.party, g = code.at, z = code.closed}))
            redis.call('ZADD', expiry, code.at + plan.code_ms, 'code:' .. code.code)
        end
    end
    for _, session in ipairs(plan.session_ids_left) do
        local name = key('sid', session.id)
        local claim = claim_at(name)
        if claim and claim.p == session.party then
            if session.expires_at > 0 then
                redis.call('ZADD', expiry, session.expires_at, 'sid:' .. session.id)
            else
                redis.call('DEL', name)
            end
        end
    end
end
