insert into bench_webhook.deliveries (delivery_id, body)
values (:'delivery_id', :'body')
on conflict (delivery_id) do nothing;
