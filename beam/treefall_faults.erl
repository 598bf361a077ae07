%% Faults: each a process that opens and closes its windows, and tells those that follow it.
-module(treefall_faults).
-export([start/2, follow/2]).

%% Starts the process of each fault of the design. Ends with the process that calls this.
start(#{faults := Faults} = Design, Owner) ->
    lists:foreach(fun({I, Fault}) -> spawn_link(fun() -> begin_fault(Design, Owner, I, Fault) end) end,
                  lists:zip(lists:seq(0, length(Faults) - 1), Faults)).

%% The calling process will get {fault_began, Fault} (at once where it lasts already) and {fault_ended, Fault}.
follow(#{table := Table}, Fault) ->
    [{_, Pid}] = ets:lookup(Table, {fault_process, Fault}),
    Pid ! {follow, self()},
    ok.

begin_fault(#{table := Table, start := Start, seed := Seed} = Design, Owner, I, #{windows := Windows}) ->
    rand:seed(exsss, {Seed, I, 7}),
    ets:insert(Table, {{fault_process, I}, self()}),
    Owner ! {fault_ready, I},
    case Windows of
        {random, _, _} -> quiet(Design, I, Start, Windows, []);
        {at, Outages} -> quiet(Design, I, Start, {at, merged([{At, At + treefall_random:draw(Lasts)} || {At, Lasts} <- Outages])}, [])
    end.

%% Outages that overlap or touch are one.
merged([{Begins, Ends}, {Next, Later} | Rest]) when Next =< Ends -> merged([{Begins, max(Ends, Later)} | Rest]);
merged([Outage | Rest]) -> [Outage | merged(Rest)];
merged([]) -> [].

quiet(Design, I, _, {at, []}, Followers) -> wait(Design, infinity, I, quiet, Followers);
quiet(#{start := Start} = Design, I, _, {at, [{Begins, Ends} | Rest]}, Followers) ->
    outage(Design, I, Start + Begins, Start + Ends, {at, Rest}, Followers);
quiet(Design, I, Since, {random, Every, Lasts} = Windows, Followers) ->
    Begins = Since + treefall_random:draw(Every),
    outage(Design, I, Begins, Begins + treefall_random:draw(Lasts), Windows, Followers).

outage(#{table := Table} = Design, I, Begins, Ends, Windows, Followers) ->
    During = wait(Design, Begins, I, quiet, Followers),
    ets:insert(Table, {{fault, I}}),
    treefall_log:row(Design, {fault_began, I}),
    lists:foreach(fun(Pid) -> Pid ! {fault_began, I} end, During),
    After = wait(Design, Ends, I, lasting, During),
    ets:delete(Table, {fault, I}),
    treefall_log:row(Design, {fault_ended, I}),
    lists:foreach(fun(Pid) -> Pid ! {fault_ended, I} end, After),
    quiet(Design, I, Ends, Windows, After).

wait(Design, Instant, I, Phase, Followers) ->
    Timer = case Instant of
                infinity -> make_ref();
                _ -> treefall_design:timer_at(Instant, self(), turn)
            end,
    waiting(Design, Instant, Timer, I, Phase, Followers).

waiting(Design, Instant, Timer, I, Phase, Followers) ->
    receive
        {timeout, Timer, turn} ->
            treefall_design:reached(Design, Instant),
            [Pid || Pid <- Followers, is_process_alive(Pid)];
        {follow, Pid} ->
            Phase =:= lasting andalso (Pid ! {fault_began, I}),
            waiting(Design, Instant, Timer, I, Phase, [Pid | Followers])
    end.
