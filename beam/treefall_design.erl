%% One design while it is played: where its description, its tables and its clock are, how its processes are called,
%% and which process a reference means.
%%
%% A process is known by its key `{Node, Copies}`: the node's index in the design, and on each level from the root the
%% copy number (0 where a level has no copies).
-module(treefall_design).
-export([open/1, close/1, get/1, node/2, place/3, root/2, supervisors/1, path/2, name/2, where/2, came_up/2, last/2,
         resolve/3, is_dynamic/2, active_fault/2, now/1, reached/2, reached/3, lateness/1, timers/1, sleep_until/2, timer_at/3, ms/1]).

%% How far behind an intended instant the VM may wake a process and still count as on time: later steps are reckoned
%% from the intended instant, so that the lateness of timers (up to 3 ms each) does not add up.
-define(LATENESS_NS, 6000000).

%% Timers that are later are counted as this late.
-define(LATEST_MS, 1000).

open(#{index := Index} = Design) ->
    Table = ets:new(design, [public, set, {write_concurrency, true}, {read_concurrency, true}]),
    Events = ets:new(events, [public, ordered_set, {write_concurrency, true}]),
    % The clock: the instant that it is meant to be, and by how much the latest of our timers was late.
    Opened = Design#{table => Table, events => Events, clock => atomics:new(2, [{signed, true}]),
                     timers => counters:new(?LATEST_MS + 1, [write_concurrency])},
    atomics:put(maps:get(clock, Opened), 1, maps:get(start, Design)),
    persistent_term:put({treefall, Index}, Opened),
    Opened.

%% The description stays: taking away a persistent term makes the VM look through all processes, at a bad time.
close(#{table := Table, events := Events}) ->
    ets:delete(Table),
    ets:delete(Events).

get(Index) -> persistent_term:get({treefall, Index}).

node(#{nodes := Nodes}, Id) -> element(Id + 1, Nodes).

%% ---- keys, paths, names ----

root(_, Id) -> {Id, [0]}.

%% The keys of the children that a node stands for under this parent.
place(Design, {_, Copies}, Id) ->
    #{count := Count} = node(Design, Id),
    [{Id, Copies ++ [I]} || I <- lists:seq(0, Count - 1)].

%% Those that live, of the static tree.
supervisors(#{applications := Applications} = Design) ->
    [Pid || #{root := Root} <- Applications, Key <- below(Design, root(Design, Root)),
            Pid <- [whereis(name(Design, Key))], Pid =/= undefined].

below(Design, {Id, _} = Key) ->
    case node(Design, Id) of
        #{role := worker} -> [];
        #{children := Children} -> [Key | [Lower || Child <- Children, Place <- place(Design, Key, Child), Lower <- below(Design, Place)]]
    end.

path(Design, {Id, Copies}) -> path(Design, Id, lists:reverse(Copies), []).

path(_, none, _, Parts) -> iolist_to_binary(lists:join($/, Parts));
path(Design, Id, [Copy | Above], Parts) ->
    #{name := Name, copied := Copied, parent := Parent} = node(Design, Id),
    Part = case Copied of
               false -> Name;
               true -> [Name, $[, integer_to_binary(Copy), $]]
           end,
    path(Design, Parent, Above, [Part | Parts]).

%% Children of dynamic supervisors have no registered name, as usual in OTP.
is_dynamic(Design, {Id, _}) ->
    case node(Design, Id) of
        #{parent := none} -> false;
        #{parent := Parent} ->
            #{kind := Kind, simple := Simple} = node(Design, Parent),
            Simple orelse Kind =:= dynamic orelse Kind =:= task
    end.

name(#{index := Index} = Design, {Id, Copies}) ->
    case node(Design, Id) of
        #{partition := Number, parent := Registry} when is_integer(Number) ->
            treefall_registry:name(Design, {Registry, Copies}, Number);
        _ -> binary_to_atom(iolist_to_binary(io_lib:format("treefall_~b_~b_~w", [Index, Id, Copies])))
    end.

%% The living process of that name, or undefined.
where(#{table := Table} = Design, Key) ->
    case is_dynamic(Design, Key) of
        false -> whereis(name(Design, Key));
        true ->
            case ets:lookup(Table, {holder, Key}) of
                [{_, Pid}] ->
                    case is_process_alive(Pid) of
                        true -> Pid;
                        false -> undefined
                    end;
                [] -> undefined
            end
    end.

%% A place below a dynamic supervisor has come up with the calling process.
came_up(#{table := Table} = Design, Key) ->
    is_dynamic(Design, Key) andalso ets:insert(Table, [{{holder, Key}, self()}, {{last, Key}, self()}]).

%% The last process that came up at a place below a dynamic supervisor, dead or alive: while that restarts it, this is
%% the pid that it knows it by.
last(#{table := Table}, Key) ->
    case ets:lookup(Table, {last, Key}) of
        [{_, Pid}] -> Pid;
        [] -> undefined
    end.

%% Which process a reference means, seen from `From` (a key, or none): a pinned copy; the asker's own copy on levels
%% that it shares; any one otherwise.
resolve(Design, Target, none) -> resolve(Design, Target, [], []);
resolve(Design, Target, {Id, Copies}) -> resolve(Design, Target, lineage(Design, Id, lists:reverse(Copies), []), []).

resolve(Design, [{Id, Pin}], Lineage, Copies) ->
    {Copy, _} = pick(Design, Id, Pin, Lineage),
    {Id, lists:reverse([Copy | Copies])};
resolve(Design, [{Id, Pin} | Rest], Lineage, Copies) ->
    {Copy, Deeper} = pick(Design, Id, Pin, Lineage),
    resolve(Design, Rest, Deeper, [Copy | Copies]).

pick(_, Id, any, [{Id, Own} | Deeper]) -> {Own, Deeper};
pick(_, Id, Pin, [{Id, Pin} | Deeper]) -> {Pin, Deeper};
pick(Design, Id, any, _) ->
    #{count := Count} = node(Design, Id),
    {rand:uniform(Count) - 1, []};
pick(_, _, Pin, _) -> {Pin, []}.

lineage(_, none, _, Lineage) -> Lineage;
lineage(Design, Id, [Copy | Above], Lineage) ->
    #{parent := Parent} = node(Design, Id),
    lineage(Design, Parent, Above, [{Id, Copy} | Lineage]).

active_fault(#{table := Table}, Fault) -> ets:member(Table, {fault, Fault}).

%% ---- time: nanoseconds of the VM's monotonic clock ----

%% The instant that it is meant to be.
now(#{clock := Clock}) ->
    Real = erlang:monotonic_time(nanosecond),
    case atomics:get(Clock, 1) of
        Meant when Real >= Meant, Real - Meant < ?LATENESS_NS -> Meant;
        _ -> Real
    end.

%% Sleeps in a process that a crash clock may end meanwhile.
sleep_until(Design, Instant) ->
    Ref = timer_at(Instant, self(), wake),
    receive
        {timeout, Ref, wake} ->
            rang(Design, Instant),
            reached(Design, Instant);
        {treefall_crash, Crash} -> treefall_clocks:fall(Design, Crash)
    end.

rang(#{measured := true, timers := Timers}, Instant) ->
    Ms = max(0, erlang:monotonic_time(nanosecond) - Instant) div 1000000,
    counters:add(Timers, min(Ms, ?LATEST_MS) + 1, 1);
rang(_, _) -> ok.

%% How many timers rang how many whole milliseconds late.
timers(#{timers := Timers}) ->
    [{Ms, Count} || Ms <- lists:seq(0, ?LATEST_MS), Count <- [counters:get(Timers, Ms + 1)], Count > 0].

timer_at(Instant, Pid, Message) -> erlang:start_timer(ms(Instant), Pid, Message, [{abs, true}]).

ms(Ns) -> -(-Ns div 1000000).

reached(Design, Instant) -> reached(Design, Instant, Instant).

%% `Due`: when the timer should have rung, which was not set for the instant that is meant.
reached(#{clock := Clock} = Design, Instant, Due) ->
    raise(Clock, 2, erlang:monotonic_time(nanosecond) - Due),
    advance(Design, Instant).

%% By how much the latest of the timers so far was late.
lateness(#{clock := Clock}) -> atomics:get(Clock, 2).

raise(Clock, Index, Value) ->
    case atomics:get(Clock, Index) of
        Known when Known < Value ->
            atomics:compare_exchange(Clock, Index, Known, Value) =:= ok orelse raise(Clock, Index, Value);
        _ -> true
    end.

advance(#{clock := Clock} = Design, Instant) ->
    case atomics:get(Clock, 1) of
        Meant when Meant < Instant ->
            case atomics:compare_exchange(Clock, 1, Meant, Instant) of
                ok -> ok;
                _ -> advance(Design, Instant)
            end;
        _ -> ok
    end.
