-- Applies changes that concern one line.
--
-- KEYS: calls, records, arrivals, last unknown, attempts, moments, windows, entries, ends,
-- revision, blocks, birth, turns.
-- ARGV: milliseconds of retention, stamp of the oldest record and attempt kept, stamp of
-- the oldest end of a window kept, the same of an entry, how many records and attempts are
-- kept, until when somebody waits for the answer (milliseconds of this server's clock; 0
-- for always), the channel for notices and what the line is called there, who writes, in
-- which turn (0 for none) and the stamp of now, and then orders: each a name and what is
-- written beside it below. Nothing in them is interpreted.
-- A stamp is a time as 21 digits that sort as times do.

local calls, records, arrivals, unknown = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local attempts, moments, windows = KEYS[5], KEYS[6], KEYS[7]
local entries, ends, revision, blocks = KEYS[8], KEYS[9], KEYS[10], KEYS[11]
local birth, turns = KEYS[12], KEYS[13]
local retention, oldest, over, lapsed, most = ARGV[1], ARGV[2], ARGV[3], ARGV[4], tonumber(ARGV[5])
local channel, line = ARGV[7], ARGV[8]
local writer, turn, now = ARGV[9], tonumber(ARGV[10]), ARGV[11]
local STAMP = 21
local NEVER = string.rep('0', STAMP)

-- What was written already is not written again, over what others have written since: only
-- the answer was lost.
local last = turn > 0 and redis.call('HGET', turns, writer)
if last and tonumber(string.sub(last, STAMP + 1)) >= turn then
    return redis.status_reply('OK')
end

-- What was given up must not be written later, over what was written since: a server
-- that was frozen goes on with what it had been sent.
local waited = tonumber(ARGV[6])
local time = redis.call('TIME')
if waited > 0 and time[1] * 1000 + time[2] / 1000 > waited then
    return redis.error_reply('LATE nobody waits for this any more')
end

redis.call('SET', birth, time[1] .. '.' .. time[2], 'NX')

-- A writer who is new here finds those who have not written for long, and ends them.
if turn > 0 then
    local writers = last and {} or redis.call('HGETALL', turns)
    for n = 1, #writers, 2 do
        if string.sub(writers[n + 1], 1, STAMP) < lapsed then
            redis.call('HDEL', turns, writers[n])
        end
    end
    redis.call('HSET', turns, writer, now .. turn)
end

-- What happened that others want to hear of: letters of what it was, and lengths and texts.
local notice = {}

local function tell(what, text)
    notice[#notice + 1] = what .. #text .. ':'
    notice[#notice + 1] = text
end

-- extend makes a key live for at least so many milliseconds.
local function extend(key, ms)
    if redis.call('PTTL', key) < tonumber(ms) then
        redis.call('PEXPIRE', key, ms)
    end
end

-- index puts an id among the times of its kind, in place of the time it had.
local function index(times, id, was, now)
    if was and was ~= now then
        redis.call('ZREM', times, was .. id)
    end
    redis.call('ZADD', times, 0, now .. id)
end

local orders = {}

function orders.save(id, text) -- both replace
    redis.call('HSET', calls, id, text)
end

function orders.drop(id, _)
    redis.call('HDEL', calls, id)
end

function orders.record(id, arrived, text)
    local kept = redis.call('HGET', records, id)
    index(arrivals, id, kept and string.sub(kept, 1, STAMP), arrived)
    redis.call('HSET', records, id, arrived .. text)
    extend(records, retention)
    extend(arrivals, retention)
    tell('h', text)
end

function orders.unknown(order, ms, text) -- order is stamp of the end, and id
    local kept = redis.call('HGET', unknown, 'order')
    if not kept or kept <= order then
        redis.call('HSET', unknown, 'order', order, 'record', text)
        redis.call('PEXPIRE', unknown, ms)
    end
end

function orders.attempt(id, ended, at, text) -- ended is 1 with an outcome, otherwise 0
    local kept = redis.call('HGET', attempts, id)
    if kept and string.sub(kept, 1, 1) == '1' and ended == '0' then
        return
    end
    index(moments, id, kept and string.sub(kept, 2, STAMP + 1), at)
    redis.call('HSET', attempts, id, ended .. at .. text)
    extend(attempts, retention)
    extend(moments, retention)
    tell('a', text)
end

function orders.window(field, till, ms, text)
    local kept = redis.call('HGET', windows, field)
    if not kept or string.sub(kept, 1, STAMP) < till then
        redis.call('HSET', windows, field, till .. text)
        extend(windows, ms)
        tell('w', text)
    end
end

-- unlist takes an entry away, and reports whether there was one.
local function unlist(field)
    local kept = redis.call('HGET', entries, field)
    if kept then
        local till = string.sub(kept, 1, STAMP)
        if till ~= NEVER then
            redis.call('ZREM', ends, till .. field)
        end
        redis.call('HDEL', entries, field)
    end
    local number = string.match(field, '^blocks%z(.*)$')
    return number and redis.call('HDEL', blocks, number) == 1 or kept
end

function orders.remove(field)
    if unlist(field) then
        tell('r', field)
    end
end

function orders.put(field, text) -- text begins with the stamp of the end
    if redis.call('HGET', entries, field) == text then
        return
    end
    unlist(field)
    redis.call('HSET', entries, field, text)
    local till = string.sub(text, 1, STAMP)
    if till ~= NEVER then
        redis.call('ZADD', ends, 0, till .. field)
    end
    tell('p', field)
    tell('=', text)
end

function orders.unrecord(id)
    local kept = redis.call('HGET', records, id)
    if kept then
        redis.call('ZREM', arrivals, string.sub(kept, 1, STAMP) .. id)
        redis.call('HDEL', records, id)
    end
end

function orders.unwindow(field)
    redis.call('HDEL', windows, field)
end

function orders.ununknown(order)
    if redis.call('HGET', unknown, 'order') == order then
        redis.call('DEL', unknown)
    end
end

function orders.forget(number) -- everything about it has been removed
    tell('f', number)
end

local length = {
    save = 2, drop = 1, record = 3, unknown = 3, attempt = 4, window = 4, remove = 1, put = 2,
    unrecord = 1, unwindow = 1, ununknown = 1, forget = 1,
}

local i = 12
while i <= #ARGV do
    local name = ARGV[i]
    orders[name](ARGV[i + 1], ARGV[i + 2], ARGV[i + 3], ARGV[i + 4])
    i = i + 1 + length[name]
end

-- forget removes what is too much, and what is too old, a thousand at a time so that
-- nobody waits for it for long: the next script goes on with it.
local function forget(times, values)
    local gone = redis.call('ZRANGEBYLEX', times, '-', '(' .. oldest, 'LIMIT', 0, 1000)
    local excess = redis.call('ZCARD', times) - #gone - most
    if excess > 0 then
        gone = redis.call('ZRANGE', times, 0, #gone + excess - 1)
    end
    for _, member in ipairs(gone) do
        redis.call('ZREM', times, member)
        redis.call('HDEL', values, string.sub(member, STAMP + 1))
    end
end

forget(arrivals, records)
forget(moments, attempts)

local kept = redis.call('HGETALL', windows)
for n = 1, #kept, 2 do
    if string.sub(kept[n + 1], 1, STAMP) < over then
        redis.call('HDEL', windows, kept[n])
    end
end

local gone = redis.call('ZRANGEBYLEX', ends, '-', '(' .. lapsed, 'LIMIT', 0, 1000)
for _, member in ipairs(gone) do
    unlist(string.sub(member, STAMP + 1))
end

if #notice > 0 then
    local count = redis.call('INCR', revision)
    local born = redis.call('GET', birth)
    -- Who may not publish has watchers that find out by asking for the revision.
    redis.pcall('PUBLISH', channel, line .. ' ' .. count .. ' b' .. #born .. ':' .. born .. table.concat(notice))
end

return redis.status_reply('OK')
