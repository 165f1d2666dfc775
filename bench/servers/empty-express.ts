/** An Express 5 route that does nothing: what a framework alone costs. */
import express from 'express';

express()
  .use((_request, response) => void response.status(200).end())
  .listen(Number(process.env['PORT']), '127.0.0.1');
