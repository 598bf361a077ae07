%% The player: plays all designs of a file of terms in this VM, many at a time, and writes each one's trace to a file.
-module(treefall_play).
-export([main/1]).

main([Directory]) ->
    logger:set_primary_config(level, none),
    {ok, [Options | Designs]} = file:consult(filename:join(Directory, "designs.terms")),
    add_elixir(maps:get(elixir, Options)),
    case needs_elixir(Designs) andalso code:ensure_loaded('Elixir.DynamicSupervisor') of
        {error, _} ->
            io:put_chars(standard_error, "no Elixir\n"),
            halt(3);
        _ -> ok
    end,
    treefall_log:patterns(),
    treefall_stalls:start(),
    treefall_task:prepare(),
    #{at_a_time := AtATime, measured := Measured} = Options,
    Base = (erlang:monotonic_time(second) + 2) * 1000000000,
    play(Directory, Base, AtATime, [Design#{measured => Measured} || Design <- Designs]),
    halt(0).

%% `AtATime` designs start in each second of the VM, each at its own phase of it.
play(Directory, Base, AtATime, Designs) ->
    Numbered = lists:zip(lists:seq(0, length(Designs) - 1), Designs),
    Playing = [begin
                   Start = Base + (I div AtATime) * 1000000000 + maps:get(phase, Design),
                   spawn_monitor(fun() -> play_one(Directory, Design#{index => I, start => Start}) end)
               end || {I, Design} <- Numbered],
    lists:foreach(fun({Pid, Monitor}) ->
                      receive
                          {'DOWN', Monitor, process, Pid, normal} -> ok;
                          {'DOWN', Monitor, process, Pid, Reason} ->
                              io:format(standard_error, "the player failed: ~tp~n", [Reason]),
                              halt(4)
                      end
                  end, Playing).

play_one(Directory, #{index := I} = Design) ->
    Trace = treefall_node:play(Design),
    ok = file:write_file(filename:join(Directory, integer_to_list(I) ++ ".jsonl"), Trace).

needs_elixir(Designs) ->
    lists:any(fun(#{nodes := Nodes, dialect := Dialect}) ->
                  lists:any(fun(Node) ->
                                case Node of
                                    #{kind := Kind, simple := false} when Kind =:= dynamic; Kind =:= task -> true;
                                    #{kind := partition} -> Dialect =:= elixir;
                                    #{kind := registry} -> true;
                                    _ -> false
                                end
                            end, tuple_to_list(Nodes))
              end, Designs).

%% Elixir's modules lie beside its executable: BIN/../lib/elixir/ebin, behind links.
add_elixir(none) -> ok;
add_elixir(Ebin) -> code:add_pathz(Ebin).
