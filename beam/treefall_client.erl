%% Calls, casts and messages to a design's processes, as OTP makes them, with what the trace must know about them.
-module(treefall_client).
-export([call/5, cast/3, info/3, cast/4, info/4]).

%% gen_server:call, made by a process in between: so the caller can be ended by its crash clock while it waits.
%% Returns ok or {failed, Reason}; Timeout in nanoseconds.
call(_, Key, Key, _, _) -> {failed, {calling_self, {gen_server, call, [Key]}}};
call(Design, To, _, Message, Timeout) ->
    #{role := Role} = treefall_design:node(Design, element(1, To)),
    Request = case Role of
                  supervisor -> which_children;
                  worker -> {treefall, Message}
              end,
    Name = case treefall_design:is_dynamic(Design, To) of
               true -> treefall_design:where(Design, To);
               false -> treefall_design:name(Design, To)
           end,
    Limit = case Timeout of
                infinity -> infinity;
                _ -> treefall_design:ms(Timeout)
            end,
    {Pid, Monitor} = spawn_monitor(fun() -> exit({treefall_result, plainly(Name, Request, Limit)}) end),
    receive
        {'DOWN', Monitor, process, Pid, {treefall_result, ok}} -> ok;
        {'DOWN', Monitor, process, Pid, {treefall_result, {failed, {Why, {gen_server, call, _}}}}} ->
            {failed, {Why, {gen_server, call, [To]}}};  % in place of the call's arguments: who was called
        {treefall_crash, Crash} -> treefall_clocks:fall(Design, Crash)
    end.

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

send(Design, To, How, Deliver) ->
    case {treefall_design:where(Design, To), How} of
        {undefined, once} ->
            treefall_log:row(Design, {cast_to_nobody, To}),
            none;
        {undefined, redelivered} -> none;
        {Pid, _} ->
            Id = message_id(),
            How =:= once andalso treefall_log:row(Design, {sent, Pid, Id}),
            Deliver(Pid, Id),
            {Pid, Id}
    end.

message_id() -> erlang:unique_integer([positive, monotonic]).
