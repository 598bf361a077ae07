%% Calls, casts and messages to a design's processes, as OTP makes them, with what the trace must know about them.
-module(treefall_client).
-export([call/5, cast/3, info/3, cast/4, info/4, taken/2, message_id/0]).

%% gen_server:call, made by a process in between: so the caller can be ended by its crash clock while it waits.
%% Returns ok or {failed, Reason}; Timeout in nanoseconds.
call(_, Key, Key, _, _) -> {failed, {calling_self, {gen_server, call, [Key]}}};
call(Design, To, _, Message, Timeout) ->
    #{role := Role} = treefall_design:node(Design, element(1, To)),
    Request = case Role of
                  supervisor -> which_children;
                  worker -> {treefall, Message}
              end,
    Limit = case Timeout of
                infinity -> infinity;
                _ -> treefall_design:ms(Timeout)
            end,
    {Pid, Monitor} = spawn_monitor(fun() -> exit({treefall_result, ask(Design, To, Request, Limit)}) end),
    receive
        {'DOWN', Monitor, process, Pid, {treefall_result, ok}} -> ok;
        {'DOWN', Monitor, process, Pid, {treefall_result, {failed, {Why, {gen_server, call, _}}}}} ->
            {failed, {Why, {gen_server, call, [To]}}};  % in place of the call's arguments: who was called
        {treefall_crash, Crash} -> treefall_clocks:fall(Design, Crash)
    end.

ask(Design, To, Request, Limit) ->
    treefall_reseeding:demanded(Design, To),
    Name = case treefall_design:is_dynamic(Design, To) of
               true -> treefall_design:where(Design, To);
               false -> treefall_design:name(Design, To)
           end,
    case turned_away(Design, To) of
        true -> ok;  % answered at once: too busy
        false -> plainly(Name, numbered(Design, To, Request), Limit)
    end.

numbered(Design, To, {treefall, Message}) -> {treefall, Message, announce(Design, To)};
numbered(_, _, Request) -> Request.

%% A call is about to arrive there. Returns the number it goes by, 0 where nobody is there to take it.
announce(#{measured := true} = Design, To) ->
    case treefall_design:where(Design, To) of
        undefined -> 0;
        Pid ->
            Id = message_id(),
            treefall_log:measure(Design, {arrives, Pid, Id}),
            Id
    end;
announce(_, _) -> 0.

plainly(undefined, Request, Limit) -> {failed, {noproc, {gen_server, call, [undefined, Request, Limit]}}};
plainly(Name, Request, Limit) ->
    try gen_server:call(Name, Request, Limit) of
        _ -> ok
    catch
        exit:Reason -> {failed, Reason}
    end.

%% To a name that nobody has, a cast vanishes. What an outside queue keeps (`redelivered`) is never lost.
cast(Design, To, Message) -> cast(Design, To, Message, once).
cast(Design, To, Message, How) ->
    send(Design, To, How, fun(Pid, Id) -> gen_server:cast(Pid, {treefall, Message, Id}) end).

info(Design, To, Message) -> info(Design, To, Message, once).
info(Design, To, Message, How) ->
    send(Design, To, How, fun(Pid, Id) -> Pid ! {treefall, Message, Id} end).

send(Design, {Id, _} = To, How, Deliver) ->
    case {treefall_design:node(Design, Id), treefall_design:where(Design, To)} of
        {#{on_demand := true}, undefined} ->
            spawn(fun() ->
                      treefall_reseeding:demanded(Design, To),
                      deliver(Design, To, How, Deliver)
                  end),
            none;
        _ ->
            case turned_away(Design, To) of
                true -> none;
                false -> deliver(Design, To, How, Deliver)
            end
    end.

deliver(Design, To, How, Deliver) ->
    case {treefall_design:where(Design, To), How} of
        {undefined, once} ->
            treefall_log:row(Design, {cast_to_nobody, To}),
            none;
        {undefined, redelivered} -> none;
        {Pid, _} ->
            Id = message_id(),
            How =:= once andalso treefall_log:row(Design, {sent, Pid, Id}),
            treefall_log:measure(Design, {arrives, Pid, Id}),
            Deliver(Pid, Id),
            {Pid, Id}
    end.

%% Has the process said that it turns new messages away, and do as many wait as it takes in? Else one more waits now.
turned_away(#{table := Table} = Design, {Id, _} = To) ->
    case {treefall_design:node(Design, Id), treefall_design:where(Design, To)} of
        {#{shed_above := Most}, Pid} when is_integer(Most), is_pid(Pid) ->
            Waiting = ets:update_counter(Table, {waiting, Pid}, 1, {{waiting, Pid}, 0}),
            Waiting > Most andalso is_integer(ets:update_counter(Table, {waiting, Pid}, -1));
        _ -> false
    end.

%% The calling process takes up a message.
taken(#{table := Table}, #{shed_above := Most}) when is_integer(Most) ->
    ets:update_counter(Table, {waiting, self()}, -1, {{waiting, self()}, 1});
taken(_, _) -> ok.

message_id() -> erlang:unique_integer([positive, monotonic]).
