%% Links that a worker asks for at its start: made at once where the other is alive, else when the other comes up.
-module(treefall_links).
-export([at_start/3]).

at_start(#{table := Table} = Design, Key, Targets) ->
    lists:foreach(fun(Target) -> ask(Design, treefall_design:resolve(Design, Target, Key)) end, Targets),
    Waiting = ets:select(Table, [{{{waits_for, Key, '$1'}}, [], ['$1']}]),
    lists:foreach(fun(Pid) -> make(Design, Key, Pid, Pid) end, Waiting).

%% The wish is written down before anybody looks, so that the two cannot miss each other.
ask(#{table := Table} = Design, Peer) ->
    ets:insert(Table, {{waits_for, Peer, self()}}),
    case treefall_design:where(Design, Peer) of
        undefined -> ok;
        Pid -> is_process_alive(Pid) andalso make(Design, Peer, self(), Pid)
    end.

%% Whoever takes the wish makes the link.
make(#{table := Table}, Peer, Asker, Other) ->
    ets:take(Table, {waits_for, Peer, Asker}) =/= [] andalso is_process_alive(Other) andalso link(Other).
