%% Links that a worker asks for at its start: made at once where the other is alive, else when the other comes up.
-module(treefall_links).
-export([at_start/3]).

at_start(#{table := Table} = Design, Key, Targets) ->
    Asked = [treefall_design:resolve(Design, Target, Key) || Target <- Targets],
    lists:foreach(fun(Peer) ->
                      case treefall_design:where(Design, Peer) of
                          undefined -> ets:insert(Table, {{waits_for, Peer, self()}});
                          Pid -> link_to(Pid)
                      end
                  end, Asked),
    Waiting = ets:select(Table, [{{{waits_for, Key, '$1'}}, [], ['$1']}]),
    lists:foreach(fun(Pid) ->
                      ets:delete(Table, {waits_for, Key, Pid}),
                      link_to(Pid)
                  end, Waiting).

link_to(Pid) -> is_process_alive(Pid) andalso link(Pid).
