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
        {random, Every, Lasts} ->
            quiet(Design, I, Start + treefall_random:draw(Every), Lasts, {random, Every, Lasts}, []);
        {at, [{At, Lasts} | Rest]} -> quiet(Design, I, Start + At, Lasts, {at, Rest}, [])
    end.

quiet(#{table := Table} = Design, I, Begins, Lasts, Next, Followers) ->
    After = wait(Design, Begins, I, quiet, Followers),
    ets:insert(Table, {{fault, I}}),
    treefall_log:row(Design, {fault_began, I}),
    lists:foreach(fun(Pid) -> Pid ! {fault_began, I} end, After),
    lasting(Design, I, Begins + treefall_random:draw(Lasts), Next, After).

lasting(#{table := Table, start := Start} = Design, I, Ends, Next, Followers) ->
    After = wait(Design, Ends, I, lasting, Followers),
    ets:delete(Table, {fault, I}),
    treefall_log:row(Design, {fault_ended, I}),
    lists:foreach(fun(Pid) -> Pid ! {fault_ended, I} end, After),
    case Next of
        {random, Every, Lasts} -> quiet(Design, I, Ends + treefall_random:draw(Every), Lasts, Next, After);
        {at, [{At, Lasts} | Rest]} -> quiet(Design, I, Start + At, Lasts, {at, Rest}, After);
        {at, []} -> wait(Design, infinity, I, quiet, After)
    end.

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
