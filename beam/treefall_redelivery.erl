%% An outside queue that hands a message out again when its taker died with it: to the next process of that name.
-module(treefall_redelivery).
-export([hand_out/4, done/2, came_up/2]).

watch(#{table := Table} = Design, Sends, To, Message, {Pid, Id}) ->
    ets:insert(Table, {{redeliver, Id}, Sends, To, Message}),
    spawn(fun() ->
              Monitor = erlang:monitor(process, Pid),
              receive {'DOWN', Monitor, process, Pid, _} -> again(Design, Id) end
          end),
    ok.

done(#{table := Table}, Id) -> ets:delete(Table, {redeliver, Id}).

again(#{table := Table} = Design, Id) ->
    case ets:take(Table, {redeliver, Id}) of
        [{_, Sends, To, Message}] ->
            case treefall_design:where(Design, To) of
                undefined -> ets:insert(Table, {{held, To, Id}, Sends, Message});
                _ -> hand_out(Design, Sends, To, Message)
            end;
        [] -> ok
    end.

%% A process has come up: what was held for it is handed out.
came_up(#{table := Table} = Design, Key) ->
    Held = ets:select(Table, [{{{held, Key, '$1'}, '_', '_'}, [], ['$1']}]),
    lists:foreach(fun(Id) ->
                      [{_, Sends, Message}] = ets:take(Table, {held, Key, Id}),
                      hand_out(Design, Sends, Key, Message)
                  end, lists:sort(Held)).

hand_out(Design, Sends, To, Message) ->
    Sent = case Sends of
               cast -> treefall_client:cast(Design, To, Message, redelivered);
               info -> treefall_client:info(Design, To, Message, redelivered)
           end,
    case Sent of
        {_, _} -> watch(Design, Sends, To, Message, Sent);
        none -> ok
    end.
